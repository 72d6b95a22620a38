import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toIsoString } from '../../src/graphql/iso-string.js';

test('A time is written as the standard writes it, of whatever day and year.', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      expect(toIsoString(date.getTime())).toBe(date.toISOString());
    }),
    { numRuns: 2_000 },
  );
});

test('Times are told apart, more of them than are remembered, at the first time and when they come again.', () => {
  const start = Date.parse('2026-11-29T23:59:59.998Z');
  for (let step = 0; step < 50_000; step += 1) {
    const date = new Date(start + step);
    expect(toIsoString(date.getTime())).toBe(date.toISOString());
    expect(toIsoString(start)).toBe('2026-11-29T23:59:59.998Z');
  }
});
