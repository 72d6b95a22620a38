import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJsonLosslessly } from '../../src/lossless-json.js';

test('The documented case: "user_id":30927608773521033 stays …033.', () => {
  expect(JSON.parse('{"user_id":30927608773521033}')).toEqual({ user_id: 30_927_608_773_521_030 });
  expect(parseJsonLosslessly('{"user_id":30927608773521033}')).toEqual({ user_id: '30927608773521033' });
});

test('Every integer literal survives with every digit, wherever it stands.', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (integer) => {
      const exact = (value: unknown): void => expect(String(value)).toBe(String(integer));
      exact(parseJsonLosslessly(String(integer)));
      const nested = parseJsonLosslessly(`{"a":[{"b":${integer}}],"c":${integer}}`) as {
        a: [{ b: unknown }];
        c: unknown;
      };
      exact(nested.a[0].b);
      exact(nested.c);
    }),
    { numRuns: 1000 },
  );
});

test('An integer that a number can hold stays a number, up to the last one.', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (integer) => {
      expect(parseJsonLosslessly(`[${integer}]`)).toEqual([integer]);
    }),
  );
  const last = Number.MAX_SAFE_INTEGER;
  expect(parseJsonLosslessly(`[${last},${-last},0,-0]`)).toEqual([last, -last, 0, -0]);
  expect(parseJsonLosslessly('[9007199254740992,-9007199254740992]')).toEqual([
    '9007199254740992',
    '-9007199254740992',
  ]);
});

test('All else is what JSON.parse makes of it.', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      fc.pre(!/\d{16}/.test(text));
      expect(parseJsonLosslessly(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('Fractions, exponents and texts that look like numbers are left alone.', () => {
  expect(
    parseJsonLosslessly('[1.5,1e3,1E400,-2.5e-3,12345678901234567890.5,1e21,"30927608773521033",""]'),
  ).toEqual([
    1.5,
    1000,
    Number.POSITIVE_INFINITY,
    -0.0025,
    12_345_678_901_234_567_000,
    1e21,
    '30927608773521033',
    '',
  ]);
});

test('A key named __proto__ is a key, and changes no object.', () => {
  const parsed = parseJsonLosslessly(
    '{"__proto__":{"polluted":30927608773521033},"constructor":{"prototype":1}}',
  );
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  expect(Object.keys(parsed as object)).toEqual(['__proto__', 'constructor']);
  expect({}).not.toHaveProperty('polluted');
});

test.for(['', '{', '{"a":1,}', "{'a':1}", 'undefined', '01', '{"a":NaN}', '\uFEFF{}'])(
  '%j is no JSON.',
  (text) => {
    expect(() => parseJsonLosslessly(text)).toThrow(SyntaxError);
  },
);
