import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/secret.js';
import { Cipher, SealBrokenError, type SealedPlace } from '../../src/tokens/cipher.js';
import { Keyring } from '../../src/tokens/keyring.js';

const place: SealedPlace = { table: 'instagram_account', column: 'access_token', rowId: '17841400000000001' };
const key = (id: string) => ({ id, bytes: randomBytes(32) });
const old = key('old');
const cipher = new Cipher(new Keyring([old]));
const seal = (text: string, at = place): string => cipher.seal(new Secret(text), at);

/** Why a sealed value does not open. */
function reasonOf(sealed: string, at: SealedPlace = place, by: Cipher = cipher): string {
  try {
    by.open(sealed, at);
  } catch (error) {
    if (error instanceof SealBrokenError) return error.reason;
    throw error;
  }
  return 'opened';
}

/** Every text that differs from `text` in one character, by another one of the same alphabet. */
function* flips(text: string): Generator<string> {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
  for (let index = 0; index < text.length; index += 1) {
    for (const other of alphabet) {
      if (other !== text[index]) yield text.slice(0, index) + other + text.slice(index + 1);
    }
  }
}

test('What was sealed opens in its place, whatever the text.', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      expect(cipher.open(seal(text), place).reveal()).toBe(text);
    }),
  );
  expect(cipher.open(seal(''), place).reveal()).toBe('');
});

test('A sealed value has the documented form and shows nothing of the text but its length.', () => {
  const text = `canary${randomBytes(20).toString('hex')}`;
  const sealed = seal(text);
  const [version, keyId, nonce = '', rest = ''] = sealed.split('.');
  expect([version, keyId]).toEqual(['v1', 'old']);
  expect(Buffer.from(nonce, 'base64url')).toHaveLength(12);
  expect(Buffer.from(rest, 'base64url')).toHaveLength(Buffer.byteLength(text) + 16);
  expect(sealed).not.toContain(text);
  expect(sealed).not.toContain(Buffer.from(text).toString('base64url').slice(0, 16));
});

test('Two seals of the same text differ in nonce and in every other way.', () => {
  const seals = Array.from({ length: 500 }, () => seal('same').split('.'));
  expect(new Set(seals.map(([, , nonce]) => nonce)).size).toBe(500);
  expect(new Set(seals.map(([, , , rest]) => rest)).size).toBe(500);
});

test('Any other character in any place breaks the seal.', () => {
  const sealed = seal('EAA made up');
  let tried = 0;
  for (const flipped of flips(sealed)) {
    tried += 1;
    expect(reasonOf(flipped)).not.toBe('opened');
  }
  expect(tried).toBe(sealed.length * 64);
});

test('Any flipped bit of the nonce, the text or the tag breaks the seal.', () => {
  const [version, keyId, nonce = '', rest = ''] = seal('EAA made up').split('.');
  const parts = [Buffer.from(nonce, 'base64url'), Buffer.from(rest, 'base64url')];
  for (const part of parts) {
    for (let bit = 0; bit < part.length * 8; bit += 1) {
      const flip = (): void => void part.writeUInt8(part.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      flip();
      const texts = parts.map((bytes) => bytes.toString('base64url'));
      expect(reasonOf([version, keyId, ...texts].join('.'))).toBe('not_authentic');
      flip();
    }
  }
  expect(reasonOf([version, keyId, ...parts.map((bytes) => bytes.toString('base64url'))].join('.'))).toBe(
    'opened',
  );
});

test('A value that was cut, lengthened or put together anew does not open.', () => {
  const sealed = seal('EAA made up');
  const other = seal('another one').split('.');
  for (let length = 0; length < sealed.length; length += 1)
    expect(reasonOf(sealed.slice(0, length))).not.toBe('opened');
  const parts = sealed.split('.');
  const [version = '', keyId = '', nonce = '', rest = ''] = parts;
  const broken = [
    '',
    '....',
    `${sealed}.`,
    `${sealed}A`,
    `${sealed}=`,
    `${sealed}\n`,
    ` ${sealed}`,
    ['v2', keyId, nonce, rest].join('.'),
    [version, keyId, other[2], rest].join('.'),
    [version, keyId, nonce, other[3]].join('.'),
    [version, keyId, rest, nonce].join('.'),
    [version, keyId, nonce].join('.'),
    [version, keyId, nonce, Buffer.from(rest, 'base64url').subarray(0, 15).toString('base64url')].join('.'),
    [version, keyId, Buffer.alloc(16).toString('base64url'), rest].join('.'),
    [version, keyId, nonce, Buffer.from(rest, 'base64url').toString('base64')].join('.').concat('=='),
  ];
  for (const value of broken)
    expect({ value, reason: reasonOf(value) }).not.toEqual({ value, reason: 'opened' });
});

describe('A sealed value that was moved does not open', () => {
  const sealed = seal('EAA made up');

  test.each<[string, Partial<SealedPlace>]>([
    ['to another row', { rowId: '17841400000000002' }],
    ['to a row whose id only begins so', { rowId: '178414000000000011' }],
    ['to another column', { column: 'sealed_token' }],
    ['to another table', { table: 'auth_attempt' }],
    ['to nowhere', { table: '', column: '', rowId: '' }],
  ])('%s.', (_where, change) => {
    expect(reasonOf(sealed, { ...place, ...change })).toBe('not_authentic');
  });
});

describe('With a changing ring', () => {
  const fresh = key('new');

  test('a new first key seals, and the old one still opens what it sealed.', () => {
    const before = seal('EAA made up');
    const rotated = new Cipher(new Keyring([fresh, old]));
    expect(rotated.open(before, place).reveal()).toBe('EAA made up');
    expect(rotated.seal(new Secret('x'), place)).toMatch(/^v1\.new\./);
  });

  test('a key that is gone is named as what is missing.', () => {
    const without = new Cipher(new Keyring([fresh]));
    expect(reasonOf(seal('x'), place, without)).toBe('unknown_key');
    expect(() => without.open(seal('x'), place)).toThrow('"old", which TOKEN_ENCRYPTION_KEYS does not have');
  });

  test('another key under the same id opens nothing.', () => {
    const impostor = new Cipher(new Keyring([{ ...fresh, id: 'old' }]));
    expect(reasonOf(seal('x'), place, impostor)).toBe('not_authentic');
  });

  test('the same key under another id opens nothing either: the id is part of what is written.', () => {
    const renamed = new Cipher(new Keyring([{ ...old, id: 'renamed' }]));
    expect(reasonOf(seal('x'), place, renamed)).toBe('unknown_key');
  });
});

test('The error of a broken seal tells neither the text nor the sealed value.', () => {
  const sealed = seal('canary');
  const error = new SealBrokenError('not_authentic', 'old');
  expect(String(error) + JSON.stringify(error)).not.toContain('canary');
  expect(() => cipher.open(sealed, { ...place, rowId: 'x' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining(sealed) }),
  );
});
