import { expect, test } from 'vitest';
import { AppError } from '../../../src/errors.js';
import { retryTime } from '../../../src/oauth/retry-time.js';
import { plus, secondsUntil } from '../../../src/time.js';

const NOW = new Date('2026-11-22T12:00:00.000Z');

function delaySeconds(error: AppError, postponements: number): number {
  return (retryTime(error, postponements, NOW).getTime() - NOW.getTime()) / 1000;
}

test.each([
  [0, 5],
  [1, 10],
  [2, 20],
  [5, 160],
  [6, 300],
  [40, 300],
])('After %i postponements a passing fault waits %i s, give or take a fifth.', (postponements, seconds) => {
  const delays = Array.from({ length: 200 }, () =>
    delaySeconds(new AppError('META_UNAVAILABLE', 'Away.'), postponements),
  );
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(seconds * 0.8);
  expect(Math.max(...delays)).toBeLessThanOrEqual(seconds * 1.2);
  // Many who were put off at once do not come back at once.
  expect(new Set(delays).size).toBeGreaterThan(100);
});

test('A time that Meta named is kept to the second, however often it was put off.', () => {
  const error = new AppError('META_RATE_LIMITED', 'Limited.', { retryAfterSeconds: 1140 });
  expect([0, 7].map((postponements) => delaySeconds(error, postponements))).toEqual([1140, 1140]);
});

test.each([
  [-5_000, 1],
  [0, 1],
  [1, 1],
  [1_000, 1],
  [1_001, 2],
  [60_000, 60],
])('%i ms ahead are %i whole seconds: never too early, never none.', (ms, seconds) => {
  expect(secondsUntil(plus(NOW, ms), NOW)).toBe(seconds);
});
