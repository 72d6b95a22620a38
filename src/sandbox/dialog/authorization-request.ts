import type { Call } from '../call.js';
import { PageRefusal } from '../graph-error.js';
import type { Platform } from '../platform.js';
import { basicScope, knownScopes, splitScopes } from '../scopes.js';
import { findWorld, type World } from '../worlds.js';

/** What an app asks a person for, once nothing is wrong with the question. */
export interface AuthorizationRequest {
  readonly dialog: 'facebook' | 'instagram';
  readonly world: World;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string | null;
}

/**
 * Mistakes of the app are shown on Meta's own page: an address that is not known to be the app's is never
 * redirected to. Parameters that Meta does not document, PKCE's among them, are ignored.
 *
 * @see Meta: "Business Login for Instagram", authorization URL
 * @see Meta: "Manually Build a Login Flow", invoking the login dialog
 * @throws {PageRefusal}
 */
export function judgeAuthorizationRequest(platform: Platform, call: Call): AuthorizationRequest {
  const dialog = call.host === 'www.facebook.com' ? 'facebook' : 'instagram';
  const { client_id, redirect_uri, state } = call.query;
  const world = findWorld(platform.apps, client_id);
  if (world === null || (world === 'instagram') !== (dialog === 'instagram')) {
    throw dialog === 'instagram'
      ? new PageRefusal('Invalid Request', 'Invalid platform app')
      : new PageRefusal('Invalid App ID', 'The provided app ID does not look like a valid app ID.');
  }
  if (redirect_uri === undefined || !platform.redirectUris.has(redirect_uri)) {
    throw dialog === 'instagram'
      ? new PageRefusal('Invalid Request', 'Invalid redirect_uri')
      : new PageRefusal('URL Blocked', blockedUrl);
  }
  const scopes = dialog === 'instagram' ? judgeInstagram(call) : judgeFacebook(call, world);
  return { dialog, world, redirectUri: redirect_uri, scopes, state: state ?? null };
}

const blockedUrl =
  "This redirect failed because the redirect URI is not white-listed in the app's client OAuth settings. Make sure that the client and web OAuth logins are on and add all your app domains as valid OAuth redirect URIs.";

function judgeInstagram(call: Call): readonly string[] {
  const { response_type, scope } = call.query;
  if (response_type !== 'code') throw invalidRequest(`Invalid response_type: ${response_type ?? ''}`);
  const scopes = splitScopes(scope ?? '');
  const unknown = scopes.find((name) => !knownScopes.instagram.has(name));
  // That a request without the basic scope is refused is a guess: Meta only says that it is always required.
  if (unknown !== undefined || !scopes.includes(basicScope.instagram)) {
    throw invalidRequest(`Invalid scope: ${unknown ?? scopes.join(',')}`);
  }
  return scopes;
}

function invalidRequest(detail: string): PageRefusal {
  return new PageRefusal('Invalid Request', `Invalid Request: Request parameters are invalid: ${detail}`);
}

function judgeFacebook(call: Call, world: World): readonly string[] {
  const { response_type, scope, config_id } = call.query;
  // Meta can also give tokens right in the redirect; the sandbox plays only the flow with a code.
  if ((response_type ?? 'code') !== 'code') {
    throw new PageRefusal('Invalid response_type', 'The sandbox plays response_type=code only.');
  }
  // Facebook Login for Business names a configuration in the dashboard instead of scopes.
  if (scope === undefined && config_id !== undefined) return [...knownScopes[world]];
  const scopes = splitScopes(scope ?? 'public_profile');
  const unknown = scopes.filter((name) => !knownScopes[world].has(name));
  if (unknown.length > 0) {
    const advice =
      'This message is only shown to developers. Users of your app will ignore these permissions if present.';
    throw new PageRefusal('Invalid Scopes', `Invalid Scopes: ${unknown.join(', ')}. ${advice}`);
  }
  return scopes;
}
