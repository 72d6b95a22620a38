import type { LoginFlow } from '../login-flow.js';
import type { DialogHosts } from '../meta/hosts.js';

export interface AuthorizationUrlInput {
  readonly flow: LoginFlow;
  readonly hosts: DialogHosts;
  /** Graph API version, for Facebook's dialog. */
  readonly graphVersion: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
}

/**
 * The URL that a person is sent to (RFC 6749 section 4.1.1), of a state: all the rest is the same for everybody.
 *
 * @param forceReauth makes the person log in again, for whoever is logged in as somebody else
 * @see https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
 */
export function authorizationUrls(
  input: AuthorizationUrlInput,
): (state: string, forceReauth: boolean) => string {
  const byInstagram = input.flow === 'instagram';
  const url = new URL(
    byInstagram
      ? `${input.hosts.instagramDialog}/oauth/authorize`
      : `${input.hosts.facebookDialog}/${input.graphVersion}/dialog/oauth`,
  );
  url.search = new URLSearchParams({
    client_id: input.clientId,
    redirect_uri: input.redirectUri,
    response_type: 'code',
    // Meta separates scopes by commas, RFC 6749 by blanks.
    scope: input.scopes.join(','),
  }).toString();
  const usual = url.href;
  if (byInstagram) url.searchParams.set('force_reauth', 'true');
  else url.searchParams.set('auth_type', 'reauthenticate');
  const forced = url.href;
  return (state, forceReauth) => `${forceReauth ? forced : usual}&state=${encodeURIComponent(state)}`;
}
