import type { Call } from '../call.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import type { Platform } from '../platform.js';
import { checkProof } from '../token-checks.js';
import { findWorld, type World } from '../worlds.js';

/**
 * The app whose own token, `{app-id}|{app-secret}`, `value` is; null for a token of another form.
 *
 * @see Meta: "Access Tokens", app access tokens
 * @throws {Refusal} 101 or 190
 */
export function appOfToken(platform: Platform, value: string, call: Call): World | null {
  const [clientId, secret] = value.split('|');
  if (secret === undefined) return null;
  const world = findWorld(platform.apps, clientId);
  if (world === null) throw new Refusal(errors.unknownApp());
  if (world === 'instagram') throw new Refusal(errors.appWithoutInfo());
  if (platform.apps[world].clientSecret !== secret) throw new Refusal(errors.invalidSignature());
  checkProof(call, value, secret);
  return world;
}
