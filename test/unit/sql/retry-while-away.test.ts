import { expect, test } from 'vitest';
import { retryWhileAway } from '../../../src/sql/retry-while-away.js';
import { SECOND } from '../../../src/time.js';
import { TestClock } from '../../support/test-clock.js';

const away = Object.assign(new Error('made up'), { code: 'ECONNREFUSED' });

test('While the database is away a write is tried again, until it is back.', async () => {
  let tries = 0;
  await retryWhileAway(new TestClock(), 10 * SECOND, async () => {
    tries += 1;
    if (tries < 5) throw away;
  });
  expect(tries).toBe(5);
});

test('It is given up when its time is over.', async () => {
  const clock = new TestClock();
  const start = clock.now().getTime();
  await expect(retryWhileAway(clock, 10 * SECOND, () => Promise.reject(away))).rejects.toBe(away);
  expect(clock.now().getTime() - start).toBe(10 * SECOND);
});

test('What fails for another reason is not tried again.', async () => {
  let tries = 0;
  const failure = new Error('made up');
  const write = (): Promise<void> => {
    tries += 1;
    return Promise.reject(failure);
  };
  await expect(retryWhileAway(new TestClock(), 10 * SECOND, write)).rejects.toBe(failure);
  expect(tries).toBe(1);
});
