import { Secret } from '../secret.js';
import type { AppCredentials } from './app-credentials.js';

/**
 * The app's own access token, for calls that no person makes.
 *
 * @see https://developers.facebook.com/docs/facebook-login/guides/access-tokens#apptokens
 */
export function appToken({ clientId, clientSecret }: AppCredentials): Secret {
  return new Secret(`${clientId}|${clientSecret.reveal()}`);
}
