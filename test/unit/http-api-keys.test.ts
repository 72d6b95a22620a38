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
  const principalOf = (key: string) => keys.authenticate(`Bearer ${key}`, {}).principal;
  expect(principalOf(ada)).toEqual({ roles: ['admin'], name: 'ada' });
  expect(principalOf(bob)).toEqual({ roles: ['admin'], name: 'bob' });
  expect(principalOf(worker)).toEqual({ roles: ['service'], name: 'worker' });
  expect(keys.authenticate(`Bearer ${mint()}`, {})).toEqual({ principal: null, refusal: invalid });
  expect(keys.authenticate(undefined, {})).toEqual({ principal: null, refusal: null });
  expect(keys.authenticate('', {})).toEqual({ principal: null, refusal: invalid });
});

test('Without any key configured, no header makes anybody somebody.', () => {
  const keys = new ApiKeys({ admin: [], service: [] });
  for (const header of ['Bearer x', 'Bearer ', 'Bearer', '', ' ']) {
    expect(keys.authenticate(header, {})).toEqual({ principal: null, refusal: invalid });
  }
});

test('Keys of any length are compared without an error, and are kept as digests only.', () => {
  const key = mint();
  const keys = new ApiKeys({ admin: [{ name: 'ada', key: new Secret(key) }], service: [] });
  for (const length of [1, 31, 32, 33, 10_000]) {
    expect(keys.authenticate(`Bearer ${'x'.repeat(length)}`, {}).refusal).toEqual(invalid);
  }
  expect(inspect(keys, { showHidden: true, depth: 9 }) + JSON.stringify(keys)).not.toContain(key);
});

test('Whoever comes by a connection is whom their own header names, whatever came by it before.', () => {
  const [ada, worker] = [mint(), mint()];
  const keys = new ApiKeys({
    admin: [{ name: 'ada', key: new Secret(ada) }],
    service: [{ name: 'worker', key: new Secret(worker) }],
  });
  const connection = {};
  const nameOf = (header: string | undefined) =>
    keys.authenticate(header, connection).principal?.name ?? null;
  const headers = [`Bearer ${ada}`, `Bearer ${worker}`, `bearer ${ada}`, `Bearer ${mint()}`, undefined];
  const names = ['ada', 'worker', 'ada', null, null];
  for (const [index, header] of headers.entries()) {
    for (const [other, another] of headers.entries()) {
      for (let time = 0; time < 2; time += 1) expect(nameOf(header)).toBe(names[index]);
      expect(nameOf(another)).toBe(names[other]);
    }
  }
});
