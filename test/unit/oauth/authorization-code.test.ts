import { expect, test } from 'vitest';
import { cleanAuthorizationCode } from '../../../src/oauth/authorization-code.js';

test.each([
  ['AQmadeUp', 'AQmadeUp'],
  ['AQmadeUp#_', 'AQmadeUp'],
  ['AQmadeUp#_=_', 'AQmadeUp'],
  [' AQmadeUp#_ \n', 'AQmadeUp'],
  ['AQ_made#Up_', 'AQ_made#Up_'],
  ['AQmadeUp_=_', 'AQmadeUp_=_'],
  // Only once: what stands before it is the code's own.
  ['AQmadeUp#_#_', 'AQmadeUp#_'],
])('Of %j the code is %j.', (text, code) => {
  expect(cleanAuthorizationCode(text)).toBe(code);
});

test.each(['', ' ', '\n\t', '#_', ' #_=_ '])('%j holds no code.', (text) => {
  expect(() => cleanAuthorizationCode(text)).toThrow(
    expect.objectContaining({ code: 'BAD_USER_INPUT', message: 'code: is empty.' }),
  );
});

test('A code has at most 4,096 characters, and the refusal does not repeat it.', () => {
  expect(cleanAuthorizationCode('a'.repeat(4096))).toHaveLength(4096);
  expect(cleanAuthorizationCode(`${'a'.repeat(4096)}#_=_`)).toHaveLength(4096);
  expect(() => cleanAuthorizationCode('a'.repeat(4097))).toThrow(
    expect.objectContaining({ code: 'BAD_USER_INPUT', message: 'code: has more than 4096 characters.' }),
  );
});
