import { describe, expect, test } from 'vitest';
import { DAY, MINUTE, plus } from '../../src/time.js';
import { ranksAbove, tokenKinds } from '../../src/tokens/token-kind.js';
import {
  needsReauthorization,
  tokenEnds,
  tokenStateAt,
  tokenStates,
  type TokenFacts,
} from '../../src/tokens/token-state.js';

const now = new Date('2026-11-22T12:00:00.000Z');

function stateWith(facts: Partial<TokenFacts>): string {
  return tokenStateAt({ tokenKind: 'LONG_LIVED', tokenExpiry: null, tokenEnd: null, ...facts }, now);
}

describe('The state of a token', () => {
  test('is ACTIVE from exactly 7 days left, and EXPIRING_SOON a millisecond below.', () => {
    expect(stateWith({ tokenExpiry: plus(now, 7 * DAY) })).toBe('ACTIVE');
    expect(stateWith({ tokenExpiry: plus(now, 7 * DAY - 1) })).toBe('EXPIRING_SOON');
  });

  test('is EXPIRED from the very time of expiry, and not a millisecond before.', () => {
    expect(stateWith({ tokenExpiry: plus(now, 1) })).toBe('EXPIRING_SOON');
    expect(stateWith({ tokenExpiry: now })).toBe('EXPIRED');
    expect(stateWith({ tokenExpiry: plus(now, -1) })).toBe('EXPIRED');
  });

  test('is ACTIVE for a token that never expires.', () => {
    expect(stateWith({ tokenKind: 'PAGE' })).toBe('ACTIVE');
  });

  test('is EXPIRING_SOON for short-lived tokens from birth, however much is left.', () => {
    expect(stateWith({ tokenKind: 'SHORT_LIVED', tokenExpiry: plus(now, 120 * MINUTE) })).toBe(
      'EXPIRING_SOON',
    );
    expect(stateWith({ tokenKind: 'SHORT_LIVED', tokenExpiry: plus(now, 30 * DAY) })).toBe('EXPIRING_SOON');
    expect(stateWith({ tokenKind: 'SHORT_LIVED', tokenExpiry: plus(now, -1) })).toBe('EXPIRED');
  });

  test('is how the token ended, whatever its expiry says: DISCONNECTED and REVOKED win over EXPIRED.', () => {
    for (const tokenKind of tokenKinds) {
      for (const tokenExpiry of [null, plus(now, -DAY), plus(now, DAY), plus(now, 30 * DAY)]) {
        for (const tokenEnd of tokenEnds) {
          expect(stateWith({ tokenKind, tokenExpiry, tokenEnd })).toBe(tokenEnd);
        }
      }
    }
  });
});

test('A person has to connect again in the three dead states, and in no other.', () => {
  expect(tokenStates.filter(needsReauthorization)).toEqual(['EXPIRED', 'REVOKED', 'DISCONNECTED']);
});

test('A page token ranks above a long-lived one, and that above a short-lived one; none ranks above itself.', () => {
  const above = tokenKinds.flatMap((one) =>
    tokenKinds.filter((other) => ranksAbove(one, other)).map((other) => `${one} > ${other}`),
  );
  expect(above).toEqual(['PAGE > LONG_LIVED', 'PAGE > SHORT_LIVED', 'LONG_LIVED > SHORT_LIVED']);
});
