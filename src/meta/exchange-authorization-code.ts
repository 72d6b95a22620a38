import { z } from 'zod';
import { Secret } from '../secret.js';
import type { AccessToken } from './access-token.js';
import type { Meta } from './meta.js';
import { tokenAnswer, toAccessToken } from './token-answer.js';
import { wireId, wirePermissions, wireToken } from './wire.js';

/** The token of the first exchange: it lives one hour. */
export interface FirstToken extends AccessToken {
  /** Who consented, as the exchange names them. For the log only, never a key: it can differ from every profile. */
  readonly userId: string | null;
  /** What was granted; null where the answer does not say. */
  readonly permissions: readonly string[] | null;
}

export interface AuthorizationCode {
  readonly code: Secret;
  /** Byte for byte the one of the authorization URL (RFC 6749 section 4.1.3). */
  readonly redirectUri: string;
}

const flat = z.object({
  access_token: wireToken,
  user_id: wireId.nullish().catch(null),
  permissions: wirePermissions.nullish().catch(null),
});

// Met in production as the flat object and wrapped in `data[]`; a client that reads only one of them goes on
// with an empty token and gets a misleading refusal one call later.
const instagramAnswer = z.union([
  flat,
  z.object({ data: z.tuple([flat], z.unknown()) }).transform(({ data }) => data[0]),
]);

/**
 * Exchanges an Instagram authorization code for a short-lived token. Not safe to repeat once it was sent: the
 * code is spent with the first answer.
 *
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
 * @throws MetaError
 */
export async function exchangeInstagramCode(
  { client, instagramApp }: Meta,
  { code, redirectUri }: AuthorizationCode,
): Promise<FirstToken> {
  const { body, receivedAt } = await client.send({
    endpoint: 'code_exchange',
    host: 'instagramApi',
    path: '/oauth/access_token',
    // A form: a JSON body is refused as if the fields were missing.
    form: {
      client_id: instagramApp.clientId,
      client_secret: instagramApp.clientSecret,
      grant_type: 'authorization_code',
      redirect_uri: redirectUri,
      code,
    },
    schema: instagramAnswer,
  });
  const permissions = body.permissions ?? [];
  return {
    value: new Secret(body.access_token),
    // The answer has no `expires_in`.
    expiresInSeconds: null,
    receivedAt,
    userId: body.user_id ?? null,
    permissions: permissions.length === 0 ? null : permissions,
  };
}

/**
 * Exchanges a Facebook Login code for a short-lived User access token. Not safe to repeat once it was sent.
 *
 * @see https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
 * @throws MetaError
 */
export async function exchangeFacebookCode(
  { client, facebookApp, graphVersion }: Meta,
  { code, redirectUri }: AuthorizationCode,
): Promise<FirstToken> {
  const answer = await client.send({
    endpoint: 'code_exchange',
    host: 'facebookGraph',
    path: `/${graphVersion}/oauth/access_token`,
    query: {
      client_id: facebookApp.clientId,
      client_secret: facebookApp.clientSecret,
      redirect_uri: redirectUri,
      code,
    },
    schema: tokenAnswer,
  });
  return { ...toAccessToken(answer), userId: null, permissions: null };
}
