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
  readonly state: string;
  /** Makes the person log in again, for whoever is logged in as somebody else. */
  readonly forceReauth: boolean;
}

/**
 * The URL that a person is sent to (RFC 6749 section 4.1.1).
 *
 * @see https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
 */
export function buildAuthorizationUrl(input: AuthorizationUrlInput): string {
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
    state: input.state,
  }).toString();
  if (input.forceReauth) {
    if (byInstagram) url.searchParams.set('force_reauth', 'true');
    else url.searchParams.set('auth_type', 'reauthenticate');
  }
  return url.href;
}
