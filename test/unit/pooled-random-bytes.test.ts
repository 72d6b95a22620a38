import { expect, test } from 'vitest';
import { pooledRandomBytes } from '../../src/tokens/pooled-random-bytes.js';

test('No bytes are given twice, and none change once they are given.', () => {
  const given = Array.from({ length: 2_000 }, () => pooledRandomBytes(16));
  const texts = given.map((bytes) => bytes.toString('hex'));
  expect(new Set(texts).size).toBe(given.length);
  pooledRandomBytes(4_000);
  expect(given.map((bytes) => bytes.toString('hex'))).toEqual(texts);
  expect(texts.every((text) => /^[0-9a-f]{32}$/.test(text) && !/^0+$/.test(text))).toBe(true);
});
