import { z } from 'zod';
import type { Secret } from '../secret.js';
import { SECOND } from '../time.js';
import { appToken } from './app-token.js';
import { type Meta, authorizedBy } from './meta.js';
import { wireId, wireInteger } from './wire.js';

/** `never` for a token without an end; null where Meta does not say. */
export type InspectedExpiry = Date | 'never' | null;

/** Seconds since 1970; what lies thousands of years ahead is no date. */
const time = wireInteger.refine((seconds) => seconds >= 0 && seconds < 1e11);

const answer = z.object({
  data: z.object({
    is_valid: z.boolean().nullish().catch(null),
    expires_at: time.nullish().catch(null),
    user_id: wireId.nullish().catch(null),
  }),
});

/**
 * When a token ends, by `debug_token`, for an exchange that left `expires_in` out. No success body is known
 * for tokens of Instagram Login.
 *
 * @see https://developers.facebook.com/docs/graph-api/reference/debug_token
 * @throws MetaError
 */
export async function fetchTokenExpiry(meta: Meta, token: Secret): Promise<InspectedExpiry> {
  const { expires_at: seconds, is_valid: isValid } = await inspect(meta, token);
  // Of a token that it does not take for one it says 0, which is not "never".
  if (seconds == null || isValid === false) return null;
  return seconds === 0 ? 'never' : new Date(seconds * SECOND);
}

/**
 * The app-scoped Facebook id of the person by whose consent a Facebook User or Page token came, the same that
 * `fb_me` tells of a user token; null where Meta does not say. Asked of a page token, `/me` would tell the page.
 *
 * @see https://developers.facebook.com/docs/graph-api/reference/debug_token
 * @throws MetaError
 */
export async function fetchTokenGrantor(meta: Meta, token: Secret): Promise<string | null> {
  // Also of a token that has ended: whose it was stays true.
  return (await inspect(meta, token)).user_id ?? null;
}

async function inspect(meta: Meta, token: Secret): Promise<z.infer<typeof answer>['data']> {
  const { body } = await meta.client.send({
    endpoint: 'debug_token',
    host: 'facebookGraph',
    path: `/${meta.graphVersion}/debug_token`,
    query: { input_token: token, ...authorizedBy(meta, appToken(meta.facebookApp)) },
    schema: answer,
  });
  return body.data;
}
