import { z } from 'zod';
import type { Secret } from '../secret.js';
import { appToken } from './app-token.js';
import { type Meta, authorizedBy } from './meta.js';
import { wireInteger } from './wire.js';

/** `never` for a token without an end; null where Meta does not say. */
export type TokenEnd = Date | 'never' | null;

/** Seconds since 1970; what lies thousands of years ahead is no date. */
const time = wireInteger.refine((seconds) => seconds >= 0 && seconds < 1e11);

const answer = z.object({
  data: z.object({ is_valid: z.boolean().nullish().catch(null), expires_at: time.nullish().catch(null) }),
});

/**
 * When a token ends, by `debug_token`, for an exchange that left `expires_in` out. No success body is known
 * for tokens of Instagram Login.
 *
 * @see https://developers.facebook.com/docs/graph-api/reference/debug_token
 * @throws MetaError
 */
export async function fetchTokenEnd(meta: Meta, token: Secret): Promise<TokenEnd> {
  const { body } = await meta.client.send({
    endpoint: 'debug_token',
    host: 'facebookGraph',
    path: `/${meta.graphVersion}/debug_token`,
    query: { input_token: token, ...authorizedBy(meta, appToken(meta.facebookApp)) },
    schema: answer,
  });
  const { expires_at: seconds, is_valid: isValid } = body.data;
  // Of a token that it does not take for one it says 0, which is not "never".
  if (seconds == null || isValid === false) return null;
  return seconds === 0 ? 'never' : new Date(seconds * 1000);
}
