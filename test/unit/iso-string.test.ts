import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toIsoString } from '../../src/iso-string.js';

test('A time is written as the standard writes it, of whatever day and year.', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      expect(toIsoString(date.getTime())).toBe(date.toISOString());
    }),
    { numRuns: 2_000 },
  );
});

test('Times of the same day, and of more days than are remembered, are told apart.', () => {
  const start = Date.parse('2026-11-29T23:59:59.998Z');
  for (let step = 0; step < 5_000; step += 1) {
    const date = new Date(start + step * 43_200_001);
    expect(toIsoString(date.getTime())).toBe(date.toISOString());
  }
});
