import { expect, test } from 'vitest';
import { Secret } from '../../../src/secret.js';
import { DAY, HOUR, plus } from '../../../src/time.js';
import { longLivedExpiry, shortLivedExpiry } from '../../../src/tokens/ladder/token-expiry.js';

const receivedAt = new Date('2026-11-22T12:00:00.123Z');

function aToken(expiresInSeconds: number | null) {
  return { value: new Secret('made up'), expiresInSeconds, receivedAt };
}

test('A token ends as its exchange said, counted from the answer and not shortened.', () => {
  const expected = new Date(receivedAt.getTime() + 5_183_944_000);
  expect(longLivedExpiry(aToken(5_183_944), null)).toEqual(expected);
  // What the exchange said goes before what anybody says later.
  expect(longLivedExpiry(aToken(5_183_944), 'never')).toEqual(expected);
});

test.each([
  ['at a time to come', plus(receivedAt, DAY), plus(receivedAt, DAY)],
  ['never', 'never', null],
  ['nobody knows when', null, plus(receivedAt, 60 * DAY)],
  ['at a time that is over', plus(receivedAt, -1), plus(receivedAt, 60 * DAY)],
  ['at the very time of the answer', receivedAt, plus(receivedAt, 60 * DAY)],
] as const)(
  'Of a token whose exchange is silent, debug_token says that it ends %s.',
  (_when, end, expected) => {
    expect(longLivedExpiry(aToken(null), end)).toEqual(expected);
  },
);

test('A short-lived token counts for two hours.', () => {
  expect(shortLivedExpiry(receivedAt)).toEqual(plus(receivedAt, 2 * HOUR));
});
