import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../src/secret.js';
import { leaksIn, shown } from '../support/leaks.js';

test('A secret gives its value to whoever asks for it by name, and to nothing else.', async () => {
  const value = 'made-up-value';
  const secret = new Secret(value);
  expect(secret.reveal()).toBe(value);
  expect([String(secret), JSON.stringify(secret), inspect(secret)]).toEqual([
    '[secret]',
    '"[secret]"',
    '[secret]',
  ]);
  expect(JSON.stringify({ secret, list: [secret] })).toBe('{"secret":"[secret]","list":["[secret]"]}');
  const texts = [await shown(secret), await shown({ deep: { secret } }), await shown([secret])];
  expect(leaksIn(texts.join('\n'), [value])).toEqual([]);
});

test('It has no property to look at, and does not survive being copied.', () => {
  const secret = new Secret('made-up-value');
  expect(Reflect.ownKeys(secret)).toEqual([]);
  expect(Object.assign({}, secret)).toEqual({});
  expect(structuredClone(secret)).toEqual({});
});
