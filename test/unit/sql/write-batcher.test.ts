import { expect, test, vi } from 'vitest';
import { WriteBatcher } from '../../../src/sql/write-batcher.js';

test('What comes in one turn of the event loop is written together, and each hears of its own.', async () => {
  const writes: number[][] = [];
  const together = new WriteBatcher<number, string>(async (items) => {
    writes.push([...items]);
    await Promise.resolve();
    return items.map((item) => `written ${item}`);
  }, 3);
  const results = await Promise.all([1, 2, 3, 4, 5].map((item) => together.add(item)));
  expect(results).toEqual([1, 2, 3, 4, 5].map((item) => `written ${item}`));
  expect(writes).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
  expect(await together.add(6)).toBe('written 6');
});

test('What comes while a write is under way is written by the next one.', async () => {
  const writes: number[][] = [];
  const first = Promise.withResolvers<void>();
  const together = new WriteBatcher<number, number>(async (items) => {
    writes.push([...items]);
    if (items.includes(1)) await first.promise;
    return [...items];
  }, 3);
  const one = together.add(1);
  await vi.waitFor(() => expect(writes).toEqual([[1]]));
  const others = [together.add(2), together.add(3)];
  first.resolve();
  expect(await Promise.all([one, ...others])).toEqual([1, 2, 3]);
  expect(writes).toEqual([[1], [2, 3]]);
});

test('Of items that are written together, one that cannot be written fails alone.', async () => {
  const together = new WriteBatcher<number, number>(async (items) => {
    await Promise.resolve();
    if (items.includes(3)) throw new Error('3 cannot be written');
    return [...items];
  }, 10);
  const results = await Promise.allSettled([1, 2, 3, 4].map((item) => together.add(item)));
  expect(results).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'fulfilled', value: 2 },
    { status: 'rejected', reason: new Error('3 cannot be written') },
    { status: 'fulfilled', value: 4 },
  ]);
});

test('A database that is away is not asked again for each of them.', async () => {
  let writes = 0;
  const away = Object.assign(new Error('made up'), { code: 'SQLITE_BUSY' });
  const together = new WriteBatcher<number, number>(async () => {
    writes += 1;
    await Promise.resolve();
    throw away;
  }, 10);
  const results = await Promise.allSettled([1, 2, 3].map((item) => together.add(item)));
  expect(results.map((result) => result.status === 'rejected' && result.reason)).toEqual([away, away, away]);
  expect(writes).toBe(1);
});
