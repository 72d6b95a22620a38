import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scrub } from '../../src/scrub.js';
import { leaksIn } from '../support/leaks.js';
import { madeToken } from '../support/scripted-meta.js';

const igaa = madeToken('IGAA').reveal();
const eaa = madeToken('EAA').reveal();

test.for([
  [`Malformed access token ${igaa}`, 'Malformed access token [secret]'],
  [`"${eaa}"`, '"[secret]"'],
  [`(${igaa}),[${eaa}]`, '([secret]),[[secret]]'],
  [`first\n${eaa}`, 'first\n[secret]'],
  // As it stands in a line of JSON, and in a URL within a URL.
  [`first\\n${eaa}`, 'first\\n[secret]'],
  ['{"msg":"first\\ncode=made-up"}', '{"msg":"first\\ncode=[secret]"}'],
  [`next=https%3A%2F%2Fx%2F%3Fa%3D${eaa}%26b`, 'next=https%3A%2F%2Fx%2F%3Fa%3D[secret]%26b'],
  [`token${eaa}`, 'token[secret]'],
  ['IGQVJmade-up-made-up-made-up', '[secret]'],
] as const)("What looks like a token of Meta's is blanked out of %j.", ([text, scrubbed]) => {
  expect(scrub(text)).toBe(scrubbed);
});

test.for([
  'IGAA-example',
  'EAA',
  'CONFIGURATION_ERROR_OF_THE_OPERATOR',
  'IGException with a long text behind it',
  'OAuthException',
  'the code 190 and the access token',
  'errorCode=CODE_INVALID',
  'code: 190',
])('%j is left as it is.', (text) => {
  expect(scrub(text)).toBe(text);
});

test.for([
  'access_token',
  'fb_exchange_token',
  'input_token',
  'client_secret',
  'appsecret_proof',
  'code',
  'code_verifier',
])('The parameter %s loses its value, in a URL, in a form and within another URL.', (name) => {
  expect(scrub(`GET /me?a=1&${name}=made%20up&b=2 failed`)).toBe(`GET /me?a=1&${name}=[secret]&b=2 failed`);
  expect(scrub(`${name}=made+up`)).toBe(`${name}=[secret]`);
  expect(scrub(`x%26${name}%3Dmade-up`)).toBe(`x%26${name}%3D[secret]`);
});

test('A parameter ends where a text around it goes on.', () => {
  expect(scrub('"/x?code=a" <a href=/x?code=b> (\'code=c\') code=d\\" e')).toBe(
    '"/x?code=[secret]" <a href=/x?code=[secret]> (\'code=[secret]\') code=[secret]\\" e',
  );
});

test('A given value is blanked out as it is, and in the ways in which others write it.', () => {
  const value = 'made+up/=&"\\é ~(';
  const forms = [
    value,
    encodeURIComponent(value),
    new URLSearchParams({ value }).toString().slice(6),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('base64url'),
  ];
  for (const form of forms) expect(scrub(`<${form}><${form}>`, [value])).toBe('<[secret]><[secret]>');
  expect(scrub(Buffer.from(value).toString('base64'), [value])).not.toContain('bWFkZSt1cC');
});

test('A value that is a part of another does not save the rest of that one.', () => {
  expect(scrub('made-up-long-value made-up', ['made-up', 'made-up-long-value'])).toBe('[secret] [secret]');
});

test('A value of less than four characters is left: it would blank out ordinary words.', () => {
  expect(scrub('a code abc', ['abc', 'a', ''])).toBe('a code abc');
  expect(scrub('a code abcd', ['abcd'])).toBe('a code [secret]');
});

test('A value that is no well-formed text does no harm.', () => {
  const lone = 'made-up\ud800';
  expect(scrub(`<${lone}>`, [lone])).toBe('<[secret]>');
  expect(scrub(`<${encodeURIComponent('made-up\ufffd')}>`, [lone])).toBe('<[secret]>');
});

test('No given value can be read afterwards, whatever it is and wherever it stands.', () => {
  const text = fc.string({ unit: 'grapheme' });
  const value = fc.string({ unit: 'grapheme', minLength: 13, maxLength: 60 });
  fc.assert(
    fc.property(text, value, text, (before, secret, after) => {
      for (const written of [secret, encodeURIComponent(secret), JSON.stringify(secret)]) {
        const scrubbed = scrub(before + written + after, [secret]);
        expect(scrubbed).toContain('[secret]');
        expect(leaksIn(scrubbed, [secret])).toEqual([]);
      }
    }),
  );
});
