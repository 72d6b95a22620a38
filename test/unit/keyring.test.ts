import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Keyring, type KeyPurpose } from '../../src/tokens/keyring.js';

const purposes: readonly KeyPurpose[] = ['token-encryption', 'state', 'deletion-record'];
const key = (id: string, bytes = randomBytes(32)) => ({ id, bytes });

test('The first key seals, and every key can be had by its id.', () => {
  const ring = new Keyring([key('new'), key('old')]);
  expect(ring.primaryKeyId).toBe('new');
  expect(ring.primary('state')).toEqual({ keyId: 'new', key: ring.subkey('new', 'state') });
  expect(ring.subkey('old', 'state')).toHaveLength(32);
  expect(ring.subkey('none', 'state')).toBeUndefined();
  expect(ring.subkey('__proto__', 'state')).toBeUndefined();
});

test('A ring without a key cannot be made.', () => {
  expect(() => new Keyring([])).toThrow(RangeError);
});

test('Each purpose of each key has a subkey of its own, and none is the key itself.', () => {
  const masters = [key('a'), key('b')];
  const ring = new Keyring(masters);
  const subkeys = masters.flatMap(({ id }) =>
    purposes.map((purpose) => ring.subkey(id, purpose)?.toString('hex')),
  );
  expect(new Set([...subkeys, ...masters.map(({ bytes }) => bytes.toString('hex'))]).size).toBe(8);
});

test('Subkeys come from the bytes and the purpose alone: neither the id nor the place in the ring matters.', () => {
  const bytes = randomBytes(32);
  const one = new Keyring([key('a', bytes)]);
  const other = new Keyring([key('x'), key('b', Buffer.from(bytes))]);
  for (const purpose of purposes) {
    expect(one.subkey('a', purpose)).toEqual(other.subkey('b', purpose));
    expect(one.subkey('a', purpose)).toEqual(one.subkey('a', purpose));
  }
});

test('Subkeys are HKDF-SHA256 with the purpose as its info, so that what is stored stays readable.', () => {
  const bytes = Buffer.alloc(32, 7);
  const ring = new Keyring([key('a', bytes)]);
  for (const purpose of purposes) {
    const expected = Buffer.from(hkdfSync('sha256', bytes, '', `moca-connect/${purpose}`, 32));
    expect(ring.subkey('a', purpose)).toEqual(expected);
  }
  // RFC 5869, spelt out: extract with a salt of zeros, expand by one block.
  const extracted = createHmac('sha256', Buffer.alloc(32)).update(bytes).digest();
  const expanded = createHmac('sha256', extracted).update('moca-connect/state\u0001').digest();
  expect(ring.subkey('a', 'state')).toEqual(expanded);
});

test('A ring shows none of its keys to whoever prints it.', () => {
  const bytes = randomBytes(32);
  const ring = new Keyring([key('a', bytes)]);
  ring.primary('state');
  const shown = inspect(ring, { showHidden: true, depth: 9 }) + JSON.stringify(ring);
  expect(shown).not.toContain(bytes.toString('hex').slice(0, 8));
  expect(shown).not.toMatch(/Buffer|Map/);
});
