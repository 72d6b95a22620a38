import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../errors.js';
import { loginFlows, type LoginFlow } from '../login-flow.js';
import { MINUTE, SECOND } from '../time.js';
import { pooledRandomBytes } from '../tokens/pooled-random-bytes.js';
import type { Keyring } from '../tokens/keyring.js';

/** 15 minutes, from the authorization URL to the first call with the code. */
export const STATE_LIFE_MS = 15 * MINUTE;

/** How far the clocks of two servers may be apart. */
const CLOCK_SKEW_MS = 60 * SECOND;

const VERSION = 's1';
const NONCE_BYTES = 16;
const MAXIMUM_LENGTH = 1024;

/** What a state says, once it is known to belong to the call. No personal data: it travels through the person's browser. */
export interface AuthorizationState {
  /** Spent by the first code that comes with it. */
  readonly nonce: string;
  readonly expiresAt: Date;
  /** base64url SHA-256 of the verifier that the page keeps; null when the page keeps none. */
  readonly challenge: string | null;
}

const payloadSchema = z.object({
  n: z.string().min(1),
  exp: z.int(),
  flow: z.enum(loginFlows),
  // A hash: the URI itself would make the state long.
  ru: z.string(),
  ch: z.string().nullable(),
});

export interface StateInput {
  readonly flow: LoginFlow;
  readonly redirectUri: string;
  readonly challenge: string | null;
}

/**
 * Seals a state: `s1.<key id>.<payload>.<HMAC-SHA256>`. Nothing is stored; whoever asks for an authorization
 * URL writes no row.
 *
 * The signature alone binds nothing to a browser, since anybody may ask for a state: the verifier does.
 *
 * The API key of whoever asks is not sealed in. A page holds a key in memory only, and leaves for Meta with it:
 * the callback page completes without one, also for what an admin or a service began (and a service may not
 * complete at all). To refuse only another key would bind nothing, since it could be left out.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc6749#section-10.12
 * @see https://datatracker.ietf.org/doc/html/rfc9700#section-2.1
 */
export function sealState(keyring: Keyring, input: StateInput, now: Date): string {
  const { keyId, key } = keyring.primary('state');
  const payload = Buffer.from(
    JSON.stringify({
      n: pooledRandomBytes(NONCE_BYTES).toString('base64url'),
      exp: now.getTime() + STATE_LIFE_MS,
      flow: input.flow,
      ru: sha256(input.redirectUri),
      ch: input.challenge,
    }),
  ).toString('base64url');
  const signed = `${VERSION}.${keyId}.${payload}`;
  return `${signed}.${sign(key, signed)}`;
}

/**
 * The state in `text`, if it is one of ours for this flow and redirect URI and the verifier belongs to it.
 * Whether it has expired is not asked here: a repeated call may come later than the first.
 *
 * @throws AppError STATE_INVALID for every mismatch
 */
export function openState(
  keyring: Keyring,
  text: string,
  verifier: string | null,
  expected: { flow: LoginFlow; redirectUri: string },
): AuthorizationState {
  if (text.length > MAXIMUM_LENGTH) throw stateInvalid();
  const [version, keyId, payload, signature, ...rest] = text.split('.');
  if (version !== VERSION || !keyId || !payload || !signature || rest.length > 0) throw stateInvalid();
  const key = keyring.subkey(keyId, 'state');
  if (key === undefined || !equal(signature, sign(key, `${version}.${keyId}.${payload}`)))
    throw stateInvalid();
  const { n, exp, flow, ru, ch } = readPayload(payload);
  if (flow !== expected.flow || ru !== sha256(expected.redirectUri)) throw stateInvalid();
  // A verifier for a state that was made without a challenge is refused too: else dropping the challenge
  // would be a way around it (RFC 9700 section 2.1.1).
  if ((ch === null) !== (verifier === null)) throw stateInvalid();
  if (ch !== null && verifier !== null && !equal(sha256(verifier), ch)) throw stateInvalid();
  return { nonce: n, expiresAt: new Date(exp), challenge: ch };
}

/** @throws AppError STATE_EXPIRED */
export function requireFreshState(state: AuthorizationState, now: Date): void {
  if (now.getTime() > state.expiresAt.getTime() + CLOCK_SKEW_MS) {
    throw new AppError('STATE_EXPIRED', 'The state has expired; it is valid for 15 minutes.');
  }
}

function readPayload(payload: string): z.infer<typeof payloadSchema> {
  // It carries our signature, so it is ours; a payload of another version of this server still is a mismatch.
  const parsed = payloadSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  if (!parsed.success) throw stateInvalid();
  return parsed.data;
}

function stateInvalid(): AppError {
  return new AppError('STATE_INVALID', 'The state does not belong to this call.');
}

function sign(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

/** base64url SHA-256, as RFC 7636 section 4.2 writes a challenge. */
export function sha256(text: string): string {
  return hash('sha256', text, 'base64url');
}

function equal(one: string, other: string): boolean {
  const a = Buffer.from(one);
  const b = Buffer.from(other);
  return a.length === b.length && timingSafeEqual(a, b);
}
