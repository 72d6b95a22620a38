import { expect, test } from 'vitest';
import { FiguresCache } from '../../src/metrics/figures-cache.js';
import type { StoredFigures } from '../../src/metrics/stored-figures.js';
import { SECOND } from '../../src/time.js';
import { logLines } from '../support/log-lines.js';
import { TestClock } from '../support/test-clock.js';

const someFigures: StoredFigures = {
  accounts: [],
  renewalsDue: 1,
  oldestDueAgeSeconds: 2,
  openAttempts: 3,
  undeliveredNotices: 4,
  breakersOpen: 0,
};

test('A database that hangs keeps nobody for more than two seconds, and is not asked again beside it.', async () => {
  const clock = new TestClock();
  const { logger } = await logLines();
  const answer = Promise.withResolvers<StoredFigures>();
  let reads = 0;
  const cache = new FiguresCache({
    read: () => {
      reads += 1;
      return answer.promise;
    },
    clock,
    logger,
  });
  const waiting = [cache.get(), cache.get()];
  clock.advance(2 * SECOND);
  expect(await Promise.all(waiting)).toEqual([null, null]);
  clock.advance(60 * SECOND);
  const patient = cache.get();
  answer.resolve(someFigures);
  expect(await patient).toEqual(someFigures);
  expect(await cache.get()).toEqual(someFigures);
  expect(reads).toBe(1);
});

test('A failed read is not repeated at once either, and is told once.', async () => {
  const clock = new TestClock();
  const { logger, lines } = await logLines();
  let reads = 0;
  const cache = new FiguresCache({
    read: () => {
      reads += 1;
      return reads === 1 ? Promise.reject(new Error('away')) : Promise.resolve(someFigures);
    },
    clock,
    logger,
  });
  expect([await cache.get(), await cache.get()]).toEqual([null, null]);
  expect(lines).toHaveLength(1);
  clock.advance(5 * SECOND);
  expect(await cache.get()).toEqual(someFigures);
  expect(reads).toBe(2);
});
