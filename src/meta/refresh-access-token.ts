import type { Secret } from '../secret.js';
import type { AccessToken } from './access-token.js';
import type { Meta } from './meta.js';
import { tokenAnswer, toAccessToken } from './token-answer.js';

/**
 * Gives a long-lived Instagram token another 60 days from now. Meta takes it only between the token's 24th
 * hour and its expiry. Safe to repeat.
 *
 * @see https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token
 * @throws MetaError
 */
export async function refreshLongLivedToken({ client }: Meta, token: Secret): Promise<AccessToken> {
  const answer = await client.send({
    endpoint: 'refresh_access_token',
    host: 'instagramGraph',
    path: '/refresh_access_token',
    query: { grant_type: 'ig_refresh_token', access_token: token },
    schema: tokenAnswer,
  });
  return toAccessToken(answer);
}
