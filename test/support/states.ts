import { createHash, randomBytes } from 'node:crypto';
import { sealState, type StateInput } from '../../src/oauth/authorization-state.js';
import { Keyring } from '../../src/tokens/keyring.js';
import { testSecrets } from './test-app.js';

/** The key id of the test server's ring. */
const RING_KEY_ID = 'test';

export const REDIRECT_URI = 'https://moca.pages.dev/instagram-callback';

/** base64url SHA-256, as a page makes it of its verifier (RFC 7636). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

export function createVerifier(): string {
  return randomBytes(32).toString('base64url');
}

/** A state that the test server has signed, of whatever content. */
export function sealedState(now: Date, input: Partial<StateInput> = {}): string {
  return sealWith([{ id: RING_KEY_ID, bytes: Buffer.from(testSecrets.ringKey, 'base64') }], now, input);
}

/** A state signed with a key that the test server does not have, under the id `keyId`. */
export function foreignState(now: Date, keyId = RING_KEY_ID, input: Partial<StateInput> = {}): string {
  return sealWith([{ id: keyId, bytes: randomBytes(32) }], now, input);
}

function sealWith(
  keys: ConstructorParameters<typeof Keyring>[0],
  now: Date,
  input: Partial<StateInput> = {},
): string {
  const { flow = 'moca', redirectUri = REDIRECT_URI, challenge = null } = input;
  return sealState(new Keyring(keys), { flow, redirectUri, challenge }, now);
}

/** What a state says, for whoever reads it without a key. */
export function readState(state: string): Record<string, unknown> {
  const payload = state.split('.')[2] ?? '';
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>;
}

/** The state with another payload under the old signature. */
export function withPayload(state: string, change: Record<string, unknown>): string {
  const parts = state.split('.');
  parts[2] = Buffer.from(JSON.stringify({ ...readState(state), ...change })).toString('base64url');
  return parts.join('.');
}
