import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  openState,
  requireFreshState,
  sealState,
  sha256,
  STATE_LIFE_MS,
  type StateInput,
} from '../../../src/oauth/authorization-state.js';
import { plus } from '../../../src/time.js';
import { Keyring } from '../../../src/tokens/keyring.js';

const NOW = new Date('2026-11-22T12:00:00.000Z');
const VERIFIER = randomBytes(32).toString('base64url');
const INPUT: StateInput = {
  flow: 'moca',
  redirectUri: 'https://moca.pages.dev/instagram-callback',
  challenge: sha256(VERIFIER),
};

function createKeyring(...ids: string[]): Keyring {
  return new Keyring(ids.map((id) => ({ id, bytes: randomBytes(32) })));
}

test('What was sealed is what is opened.', () => {
  const keyring = createKeyring('k1');
  const opened = openState(keyring, sealState(keyring, INPUT, NOW), VERIFIER, INPUT);
  expect(opened).toEqual({
    nonce: expect.any(String),
    expiresAt: plus(NOW, STATE_LIFE_MS),
    challenge: INPUT.challenge,
  });
  expect(Buffer.from(opened.nonce, 'base64url')).toHaveLength(16);
});

test('No single character can be changed, left out or doubled.', () => {
  const keyring = createKeyring('k1');
  const state = sealState(keyring, INPUT, NOW);
  for (let at = 0; at < state.length; at += 1) {
    const [before, char, after] = [state.slice(0, at), state.charAt(at), state.slice(at + 1)];
    const others = [char === 'A' ? 'B' : 'A', char === '.' ? '-' : '.', '', `${char}${char}`];
    for (const other of others) {
      expect(() => openState(keyring, `${before}${other}${after}`, VERIFIER, INPUT)).toThrow(
        expect.objectContaining({ code: 'STATE_INVALID' }),
      );
    }
  }
});

test.each<[string, Partial<StateInput>]>([
  ['flow', { flow: 'facebook' }],
  ['redirect URI', { redirectUri: 'https://moca.pages.dev/instagram-callback/' }],
])('A state for another %s is refused though its signature is good.', (_what, other) => {
  const keyring = createKeyring('k1');
  const state = sealState(keyring, { ...INPUT, ...other }, NOW);
  expect(() => openState(keyring, state, VERIFIER, INPUT)).toThrow(
    expect.objectContaining({ code: 'STATE_INVALID' }),
  );
});

test('A state opens with every key of the ring, and with no other.', () => {
  const older = { id: 'old', bytes: randomBytes(32) };
  const state = sealState(new Keyring([older]), INPUT, NOW);
  const newer = { id: 'new', bytes: randomBytes(32) };
  expect(openState(new Keyring([newer, older]), state, VERIFIER, INPUT).challenge).toBe(INPUT.challenge);
  for (const keyring of [new Keyring([newer]), createKeyring('old')]) {
    expect(() => openState(keyring, state, VERIFIER, INPUT)).toThrow(
      expect.objectContaining({ code: 'STATE_INVALID' }),
    );
  }
});

test('A state is short, says nothing of the redirect URI itself, and never comes twice.', () => {
  const keyring = createKeyring('a'.repeat(32));
  const redirectUri = `https://moca.example.com/${'long/'.repeat(400)}`;
  const states = Array.from({ length: 2_000 }, () => sealState(keyring, { ...INPUT, redirectUri }, NOW));
  expect(new Set(states).size).toBe(states.length);
  for (const state of states) expect(state.length).toBeLessThan(512);
});

test('The key of the states is not the key of the tokens.', () => {
  const keyring = createKeyring('k1');
  expect(keyring.subkey('k1', 'state')).not.toEqual(keyring.subkey('k1', 'token-encryption'));
});

test('A state is fresh for 15 minutes and a minute of clock skew, and not a millisecond longer.', () => {
  const keyring = createKeyring('k1');
  const opened = openState(keyring, sealState(keyring, INPUT, NOW), VERIFIER, INPUT);
  expect(() => requireFreshState(opened, plus(NOW, 16 * 60_000))).not.toThrow();
  expect(() => requireFreshState(opened, plus(NOW, 16 * 60_000 + 1))).toThrow(
    expect.objectContaining({ code: 'STATE_EXPIRED' }),
  );
});
