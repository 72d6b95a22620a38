import { expect, test } from 'vitest';
import { WriteTogether } from '../../../src/sql/write-together.js';

test('What comes while a write is under way is written by the next one, and each hears of its own.', async () => {
  const writes: number[][] = [];
  const together = new WriteTogether<number, string>(async (items) => {
    writes.push([...items]);
    await Promise.resolve();
    return items.map((item) => `written ${item}`);
  }, 3);
  const results = await Promise.all([1, 2, 3, 4, 5].map((item) => together.add(item)));
  expect(results).toEqual([1, 2, 3, 4, 5].map((item) => `written ${item}`));
  expect(writes).toEqual([[1], [2, 3, 4], [5]]);
  expect(await together.add(6)).toBe('written 6');
});

test('Of items that are written together, one that cannot be written fails alone.', async () => {
  const together = new WriteTogether<number, number>(async (items) => {
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
