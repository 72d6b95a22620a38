import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, plus } from '../../src/time.js';
import { nextRefresh, nextStateCheck, type ScheduledToken } from '../../src/tokens/refresh-schedule.js';
import { tokenStateAt } from '../../src/tokens/token-state.js';

const issuedAt = new Date('2026-11-24T12:00:00Z');
const LIFE_MS = 5_183_944_000;

function token(more: Partial<ScheduledToken>): ScheduledToken {
  return { accountId: '1', kind: 'LONG_LIVED', issuedAt, expiresAt: plus(issuedAt, LIFE_MS), ...more };
}

const accountIds = fc.stringMatching(/^\d{5,17}$/);

describe('A long-lived token', () => {
  test('is due at half of its life, give or take a tenth of that, and always at the same time.', () => {
    fc.assert(
      fc.property(accountIds, (accountId) => {
        const due = nextRefresh(token({ accountId }), issuedAt);
        const share = ((due?.getTime() ?? 0) - issuedAt.getTime()) / LIFE_MS;
        expect(share).toBeGreaterThanOrEqual(0.45);
        expect(share).toBeLessThanOrEqual(0.55);
        expect(nextRefresh(token({ accountId }), plus(issuedAt, DAY))).toEqual(due);
      }),
    );
  });

  test('is looked at when it ends, also when that is before it may be renewed.', () => {
    for (const lifeMs of [1, HOUR, DAY - 1]) {
      const short = token({ expiresAt: plus(issuedAt, lifeMs) });
      expect(nextStateCheck(short, issuedAt)).toEqual(short.expiresAt);
    }
  });

  test('is never due before it is a day old, however short its life is.', () => {
    fc.assert(
      fc.property(accountIds, fc.integer({ min: 1, max: LIFE_MS }), (accountId, life) => {
        const due = nextRefresh(token({ accountId, expiresAt: plus(issuedAt, life) }), issuedAt);
        expect(due?.getTime()).toBeGreaterThanOrEqual(plus(issuedAt, DAY).getTime());
      }),
    );
  });

  test('Those of a thousand accounts that connected together are spread over six days.', () => {
    const days = new Set(
      Array.from({ length: 1_000 }, (_, index) => {
        const due = nextRefresh(token({ accountId: `1784140000000${index}` }), issuedAt);
        return Math.floor((due?.getTime() ?? 0) / DAY);
      }),
    );
    expect(days.size).toBeGreaterThanOrEqual(6);
  });
});

test('A short-lived token climbs after 1, 5, 15, 30, 45, 55 and 61 minutes, and on until its two hours are over.', () => {
  const short = token({ kind: 'SHORT_LIVED', expiresAt: plus(issuedAt, 2 * HOUR) });
  const minutes: number[] = [];
  for (let now: Date | null = issuedAt; now !== null; now = nextRefresh(short, now)) {
    minutes.push((now.getTime() - issuedAt.getTime()) / MINUTE);
  }
  expect(minutes).toEqual([0, 1, 5, 15, 30, 45, 55, 61, 75, 90, 105]);
});

test('A page token is probed weekly, up to a tenth early.', () => {
  fc.assert(
    fc.property(accountIds, (accountId) => {
      const due = nextRefresh(token({ accountId, kind: 'PAGE', expiresAt: null }), issuedAt);
      const days = ((due?.getTime() ?? 0) - issuedAt.getTime()) / DAY;
      expect(days).toBeGreaterThanOrEqual(6.3);
      expect(days).toBeLessThanOrEqual(7);
    }),
  );
});

describe('The state is looked at', () => {
  test('at seven days left and at the end of a long-lived token.', () => {
    const first = nextStateCheck(token({}), issuedAt);
    expect(first).toEqual(plus(issuedAt, LIFE_MS - 7 * DAY));
    expect(nextStateCheck(token({}), first ?? issuedAt)).toEqual(plus(issuedAt, LIFE_MS));
  });

  test('at the end of a short-lived token, and never of one that has no end.', () => {
    const expiresAt = plus(issuedAt, 2 * HOUR);
    expect(nextStateCheck(token({ kind: 'SHORT_LIVED', expiresAt }), issuedAt)).toEqual(expiresAt);
    expect(nextStateCheck(token({ kind: 'PAGE', expiresAt: null }), issuedAt)).toBeNull();
  });

  test('never as an alarm before the renewal was due.', () => {
    fc.assert(
      fc.property(accountIds, fc.integer({ min: 2 * DAY, max: LIFE_MS }), (accountId, life) => {
        const one = token({ accountId, expiresAt: plus(issuedAt, life) });
        const due = nextRefresh(one, issuedAt) ?? issuedAt;
        expect(nextStateCheck(one, issuedAt)?.getTime()).toBeGreaterThan(due.getTime());
      }),
    );
  });

  test('at the very moment from which the token is expired.', () => {
    const end = plus(issuedAt, LIFE_MS);
    const facts = { tokenKind: 'LONG_LIVED', tokenExpiry: end, tokenEnd: null } as const;
    expect(tokenStateAt(facts, plus(end, -1))).toBe('EXPIRING_SOON');
    expect(tokenStateAt(facts, nextStateCheck(token({}), plus(end, -1)) ?? issuedAt)).toBe('EXPIRED');
  });
});
