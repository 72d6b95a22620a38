import { describe, expect, test } from 'vitest';
import { AppError, type ErrorCode, type ErrorDetails } from '../../src/errors.js';
import { DAY, HOUR, MINUTE, plus } from '../../src/time.js';
import { backoffMs, judgeFailure, type FailureFacts } from '../../src/tokens/failure-policy.js';
import type { TokenKind } from '../../src/tokens/token-kind.js';

const issuedAt = new Date('2026-10-01T12:00:00Z');
const now = plus(issuedAt, 30 * DAY);

function meta(code: number | null, subcode: number | null = null): Pick<ErrorDetails, 'meta'> {
  return { meta: { code, subcode, type: 'OAuthException', fbtraceId: 'AbC' } };
}

function judge(
  code: ErrorCode,
  details: ErrorDetails = {},
  more: Partial<Omit<FailureFacts, 'error'>> = {},
  kind: TokenKind = 'LONG_LIVED',
) {
  return judgeFailure({
    error: new AppError(code, 'refused', details),
    token: { accountId: '7', kind, issuedAt, expiresAt: kind === 'PAGE' ? null : plus(issuedAt, 60 * DAY) },
    failures: { count: 0, unknownSince: null },
    unknownCountsFrom: null,
    now,
    random: 0.5,
    ...more,
  });
}

test('The pauses double from two minutes, end at six hours, and spread by a fifth.', () => {
  const minutes = (failures: number, random = 0.5): number => backoffMs(failures, random) / MINUTE;
  expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 40, 4_000].map((failures) => minutes(failures))).toEqual([
    2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360,
  ]);
  expect([minutes(3, 0), minutes(3, 1)]).toEqual([6.4, 9.6]);
});

describe('Only a clear word of Meta ends a token', () => {
  test.each([
    { numbers: meta(190, 463), end: 'EXPIRED' },
    { numbers: meta(102), end: 'EXPIRED' },
    { numbers: meta(190, 458), end: 'REVOKED' },
    { numbers: meta(190, 459), end: 'REVOKED' },
    { numbers: meta(190, 460), end: 'REVOKED' },
    { numbers: meta(190, 467), end: 'REVOKED' },
    { numbers: meta(190), end: 'REVOKED' },
  ])('$numbers.meta.code/$numbers.meta.subcode: $end', ({ numbers, end }) => {
    expect(judge('REAUTHORIZATION_REQUIRED', numbers)).toMatchObject({ end, nextAt: null });
  });

  test('A 190 without a reason is an end by time when the time is over.', () => {
    const over = { now: plus(issuedAt, 60 * DAY) };
    expect(judge('REAUTHORIZATION_REQUIRED', meta(190), over).end).toBe('EXPIRED');
    expect(judge('REAUTHORIZATION_REQUIRED', meta(190, 460), over).end).toBe('REVOKED');
  });

  test.each<ErrorCode>([
    'META_UNAVAILABLE',
    'META_RATE_LIMITED',
    'APP_MISCONFIGURED',
    'APP_NOT_APPROVED',
    'MISSING_PERMISSION',
    'PAGE_NOT_LINKED',
    'META_BAD_RESPONSE',
  ])('%s ends nothing.', (code) => {
    const verdict = judge(code);
    expect(verdict.end).toBeNull();
    expect(verdict.nextAt?.getTime()).toBeGreaterThan(now.getTime());
  });
});

test('A missing permission is looked at again a day later.', () => {
  expect(judge('MISSING_PERMISSION', meta(10)).nextAt).toEqual(plus(now, DAY));
  expect(judge('PAGE_NOT_LINKED', {}, {}, 'PAGE').nextAt).toEqual(plus(now, DAY));
});

describe('A rate limit', () => {
  test.each([
    { numbers: meta(17), name: 'of the user' },
    { numbers: meta(32), name: 'of the page' },
    { numbers: meta(613), name: 'of calls' },
    { numbers: meta(80_002, 2_446_079), name: 'of the business use case' },
  ])("$name is the account's, until the time that Meta names.", ({ numbers }) => {
    const verdict = judge('META_RATE_LIMITED', { ...numbers, retryAfterSeconds: 19 * 60 });
    expect(verdict).toMatchObject({ nextAt: plus(now, 19 * MINUTE), countsForBreaker: false });
  });

  test('that comes again and again pauses like any failure, where that is longer.', () => {
    const failures = { count: 3, unknownSince: null };
    const limit = { ...meta(17), retryAfterSeconds: 5 * 60 };
    expect(judge('META_RATE_LIMITED', limit, { failures }).nextAt).toEqual(plus(now, 16 * MINUTE));
  });

  test.each([meta(4), meta(341), meta(null)])(
    "of the whole app is not the account's: $meta.code",
    (numbers) => {
      expect(judge('META_RATE_LIMITED', numbers)).toMatchObject({ countsForBreaker: true });
    },
  );

  test('by policy (368) pauses six hours.', () => {
    const verdict = judge('META_RATE_LIMITED', { ...meta(368), retryAfterSeconds: 6 * 3_600 });
    expect(verdict.nextAt).toEqual(plus(now, 6 * HOUR));
  });
});

describe('An answer that nobody understands', () => {
  const unknownSince = plus(now, -4 * DAY);

  test('is remembered from its first time, and ends the token after four days of it.', () => {
    expect(judge('META_BAD_RESPONSE').failures).toEqual({ count: 1, unknownSince: now });
    const almost = { failures: { count: 16, unknownSince: plus(unknownSince, 1) } };
    expect(judge('META_BAD_RESPONSE', {}, almost).end).toBeNull();
    const over = { failures: { count: 16, unknownSince } };
    expect(judge('META_BAD_RESPONSE', {}, over)).toMatchObject({ end: 'REVOKED', nextAt: null });
  });

  test.each<ErrorCode>(['META_UNAVAILABLE', 'META_RATE_LIMITED', 'APP_MISCONFIGURED', 'MISSING_PERMISSION'])(
    'is forgotten when Meta says %s in between.',
    (code) => {
      const between = judge(code, {}, { failures: { count: 16, unknownSince } });
      expect(between.failures.unknownSince).toBeNull();
    },
  );

  test('does not count while, or from before, the answers to all accounts were so.', () => {
    const failures = { count: 16, unknownSince };
    expect(judge('META_BAD_RESPONSE', {}, { failures, unknownCountsFrom: now }).end).toBeNull();
    expect(judge('META_BAD_RESPONSE', {}, { failures, unknownCountsFrom: plus(now, -DAY) }).end).toBeNull();
    expect(judge('META_BAD_RESPONSE', {}, { failures, unknownCountsFrom: plus(now, -5 * DAY) }).end).toBe(
      'REVOKED',
    );
  });
});

test('A short-lived token that fails for whatever passes is tried at its own times.', () => {
  const minute = (after: number): Date => plus(issuedAt, after * MINUTE);
  const at = { now: minute(5) };
  for (const code of ['META_UNAVAILABLE', 'APP_MISCONFIGURED', 'MISSING_PERMISSION'] as const) {
    expect(judge(code, {}, at, 'SHORT_LIVED').nextAt).toEqual(minute(15));
  }
});
