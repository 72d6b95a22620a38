import { expect, test } from 'vitest';
import { CachedRead } from '../../src/cached-read.js';
import { HOUR, SECOND } from '../../src/time.js';
import { TestClock } from '../support/test-clock.js';

test('However many ask at once, one read answers them all; a value is kept from the end of its read.', async () => {
  const clock = new TestClock();
  const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  let reads = 0;
  const read = (): Promise<string> => answers[reads++]?.promise ?? Promise.reject(new Error('too often'));
  const kept = new CachedRead({ read, forMs: 10 * SECOND, clock });
  const asked = [kept.get(), kept.get()];
  clock.advance(60 * SECOND);
  asked.push(kept.get());
  answers[0]?.resolve('first');
  expect(await Promise.all(asked)).toEqual(['first', 'first', 'first']);
  clock.advance(10 * SECOND - 1);
  expect(await kept.get()).toBe('first');
  clock.advance(1);
  answers[1]?.resolve('second');
  expect(await kept.get()).toBe('second');
  expect(reads).toBe(2);
});

test('A read that fails fails for all who wait for it, and is not kept.', async () => {
  let reads = 0;
  const kept = new CachedRead({
    read: async () => {
      reads += 1;
      if (reads === 1) throw new Error('away');
      return reads;
    },
    forMs: 10 * SECOND,
    clock: new TestClock(),
  });
  const ends = await Promise.allSettled([kept.get(), kept.get()]);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await kept.get()).toBe(2);
});

test('A clock that was set back keeps no value for longer.', async () => {
  const clock = new TestClock();
  let reads = 0;
  const kept = new CachedRead({ read: () => Promise.resolve((reads += 1)), forMs: 10 * SECOND, clock });
  expect(await kept.get()).toBe(1);
  clock.advance(-HOUR);
  expect(await kept.get()).toBe(2);
  expect(await kept.get()).toBe(2);
});
