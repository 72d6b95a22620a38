import type { Secret } from '../secret.js';
import type { AccessToken } from './access-token.js';
import { appSecretProof } from './appsecret-proof.js';
import type { Meta } from './meta.js';
import { tokenAnswer, toAccessToken } from './token-answer.js';

/**
 * Exchanges a short-lived Facebook User token for one of about 60 days. Page tokens that are listed with that
 * one never expire; those listed with a short one die with it.
 *
 * Takes tokens of Facebook Login only: one of Instagram Login (`IGAA…`) is refused with code 101 or 190.
 *
 * @see https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived
 * @throws MetaError
 */
export async function exchangeFacebookToken(
  { client, facebookApp, graphVersion }: Meta,
  token: Secret,
): Promise<AccessToken> {
  const answer = await client.send({
    endpoint: 'fb_exchange_token',
    host: 'facebookGraph',
    path: `/${graphVersion}/oauth/access_token`,
    query: {
      grant_type: 'fb_exchange_token',
      client_id: facebookApp.clientId,
      client_secret: facebookApp.clientSecret,
      fb_exchange_token: token,
      appsecret_proof: appSecretProof(facebookApp, token),
    },
    schema: tokenAnswer,
  });
  return toAccessToken(answer);
}
