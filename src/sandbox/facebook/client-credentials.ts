import { ok, type Answer } from '../answer.js';
import type { Call } from '../call.js';
import type { Platform } from '../platform.js';
import { requireApp } from './app-check.js';

/**
 * The app's own token.
 *
 * @see Meta: "Access Tokens", app access tokens
 */
export function giveAppToken(platform: Platform, call: Call): Answer {
  const { clientId, clientSecret } = platform.apps[requireApp(platform, call)];
  return ok({ access_token: `${clientId}|${clientSecret}`, token_type: 'bearer' });
}
