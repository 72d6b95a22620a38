import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { AppError } from '../../src/errors.js';
import { ApiKeys } from '../../src/http/api-keys.js';
import { Secret } from '../../src/secret.js';

const invalid = new AppError('UNAUTHENTICATED', 'The API key is not valid.');

const mint = (): string => randomBytes(24).toString('base64url');

test('A key is known by role and name, and one that is not known is an invalid key.', () => {
  const [ada, bob, worker] = [mint(), mint(), mint()];
  const keys = new ApiKeys({
    admin: [
      { name: 'ada', key: new Secret(ada) },
      { name: 'bob', key: new Secret(bob) },
    ],
    service: [{ name: 'worker', key: new Secret(worker) }],
  });
  const principalOf = (key: string) => keys.authenticate(`Bearer ${key}`).principal;
  expect(principalOf(ada)).toEqual({ role: 'admin', name: 'ada' });
  expect(principalOf(bob)).toEqual({ role: 'admin', name: 'bob' });
  expect(principalOf(worker)).toEqual({ role: 'service', name: 'worker' });
  expect(keys.authenticate(`Bearer ${mint()}`)).toEqual({ principal: null, refusal: invalid });
  expect(keys.authenticate(undefined)).toEqual({ principal: null, refusal: null });
  expect(keys.authenticate('')).toEqual({ principal: null, refusal: invalid });
});

test('Without any key configured, no header makes anybody somebody.', () => {
  const keys = new ApiKeys({ admin: [], service: [] });
  for (const header of ['Bearer x', 'Bearer ', 'Bearer', '', ' ']) {
    expect(keys.authenticate(header)).toEqual({ principal: null, refusal: invalid });
  }
});

test('Keys of any length are compared without an error, and are kept as digests only.', () => {
  const key = mint();
  const keys = new ApiKeys({ admin: [{ name: 'ada', key: new Secret(key) }], service: [] });
  for (const length of [1, 31, 32, 33, 10_000]) {
    expect(keys.authenticate(`Bearer ${'x'.repeat(length)}`).refusal).toEqual(invalid);
  }
  expect(inspect(keys, { showHidden: true, depth: 9 }) + JSON.stringify(keys)).not.toContain(key);
});
