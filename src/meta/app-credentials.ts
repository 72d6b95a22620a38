import type { Secret } from '../secret.js';

/**
 * The pair by which Meta knows an app. An Instagram app has its own pair ("Instagram App ID" and "Instagram
 * App Secret" in the dashboard), different from the pair of the Meta app that it belongs to.
 */
export interface AppCredentials {
  readonly clientId: string;
  readonly clientSecret: Secret;
}
