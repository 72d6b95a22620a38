import type { Secret } from '../secret.js';
import type { AccessToken } from './access-token.js';
import type { Meta } from './meta.js';
import { tokenAnswer, toAccessToken } from './token-answer.js';

/**
 * Exchanges a short-lived Instagram User token for one of 60 days. Takes tokens of Instagram Login only.
 *
 * @see https://developers.facebook.com/docs/instagram-platform/reference/access_token
 * @throws MetaError
 */
export async function exchangeInstagramToken(
  { client, instagramApp }: Meta,
  token: Secret,
): Promise<AccessToken> {
  const answer = await client.send({
    endpoint: 'ig_exchange_token',
    host: 'instagramGraph',
    path: '/access_token',
    query: {
      grant_type: 'ig_exchange_token',
      client_secret: instagramApp.clientSecret,
      access_token: token,
    },
    schema: tokenAnswer,
  });
  return toAccessToken(answer);
}
