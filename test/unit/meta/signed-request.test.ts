import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  readSignedRequest,
  SignedRequestError,
  type SignedRequest,
} from '../../../src/meta/signed-request.js';
import type { SigningSecret } from '../../../src/meta/webhook-signature.js';
import { DAY, MINUTE, SECOND, plus } from '../../../src/time.js';
import { made } from '../../support/scripted-meta.js';

const instagram: SigningSecret = { name: 'instagram', secret: made('instagram') };
const facebook: SigningSecret = { name: 'facebook', secret: made('facebook') };
const all = [instagram, facebook];
const now = new Date('2026-11-25T12:00:00Z');
const seconds = now.getTime() / SECOND;
const good = { algorithm: 'HMAC-SHA256', expires: seconds + 3_600, issued_at: seconds, user_id: '218471' };

/** As Meta's documentation builds it: the MAC is that of the encoded text. */
function build(payload: unknown, { secret } = instagram): string {
  return sealed(typeof payload === 'string' ? payload : JSON.stringify(payload), secret.reveal());
}

function sealed(json: string, secret: string): string {
  const encoded = Buffer.from(json).toString('base64url');
  return `${createHmac('sha256', secret).update(encoded).digest('base64url')}.${encoded}`;
}

function reasonOf(text: string, at = now): string {
  try {
    readSignedRequest(text, all, at);
  } catch (error) {
    if (error instanceof SignedRequestError) return error.reason;
    throw error;
  }
  return 'accepted';
}

function read(payload: unknown): SignedRequest {
  return readSignedRequest(build(payload), all, now);
}

test('A request that was signed as documented names the person, when, and by which secret.', () => {
  expect(read(good)).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{64}$/),
    userId: '218471',
    profileId: null,
    issuedAt: now,
    signer: 'instagram',
  });
  expect(readSignedRequest(build(good, facebook), all, now).signer).toBe('facebook');
});

test('It is the same one with and without padding, and another one for anybody else.', () => {
  const text = build(good);
  const [mac = '', payload = ''] = text.split('.');
  const { id } = readSignedRequest(text, all, now);
  expect(readSignedRequest(`${mac}=.${payload}`, all, now).id).toBe(id);
  const padded = `${Buffer.from(JSON.stringify(good)).toString('base64url')}==`;
  const paddedMac = createHmac('sha256', instagram.secret.reveal()).update(padded).digest('base64url');
  expect(readSignedRequest(`${paddedMac}.${padded}`, all, now).userId).toBe('218471');
  expect(read({ ...good, user_id: '218472' }).id).not.toBe(id);
});

test('An id above 2^53 stays exact, as a number and as a text.', () => {
  const json = JSON.stringify({ ...good, user_id: 'ID' });
  for (const id of ['30927608773521033', '17841405793187219']) {
    expect(read(json.replace('"ID"', id)).userId).toBe(id);
    expect(read(json.replace('ID', id)).userId).toBe(id);
  }
});

test('A page that removed the app comes as its profile, with nobody as the person.', () => {
  for (const user_id of [0, '0', null, undefined]) {
    expect(read({ ...good, user_id, profile_id: 104_850_310_000_011 })).toMatchObject({
      userId: null,
      profileId: '104850310000011',
    });
  }
});

test('What Meta adds is ignored, and a time may be a text.', () => {
  expect(read({ ...good, user: { country: 'de' }, page: null, issued_at: String(seconds) })).toMatchObject({
    userId: '218471',
    issuedAt: now,
  });
});

describe('Refused for what it is:', () => {
  const [mac = '', payload = ''] = build(good).split('.');
  const forged: Readonly<Record<string, readonly [string, string]>> = {
    nothing: ['', 'malformed'],
    'a dot': ['.', 'malformed'],
    'no signature': [`.${payload}`, 'malformed'],
    'no content': [`${mac}.`, 'malformed'],
    'no dot': [`${mac}${payload}`, 'malformed'],
    'a third part': [`${mac}.${payload}.${payload}`, 'malformed'],
    'a dot at the end': [`${mac}.${payload}.`, 'malformed'],
    'a blank before it': [` ${mac}.${payload}`, 'malformed'],
    'a line end': [`${mac}.${payload}\n`, 'malformed'],
    'standard base64': [`${'+/'.repeat(21)}A.${payload}`, 'malformed'],
    'letters that are none of base64': [`${mac}.ä${payload}`, 'malformed'],
    'too much padding': [`${mac}===.${payload}`, 'malformed'],
    'padding in between': [`${mac.slice(0, 8)}=${mac.slice(8)}.${payload}`, 'malformed'],
    'a huge one': [`${mac}.${'A'.repeat(1_000_000)}`, 'malformed'],
    'a short MAC': [`${mac.slice(0, 20)}.${payload}`, 'not_authentic'],
    'a long MAC': [`${mac}${mac}.${payload}`, 'not_authentic'],
    'another content': [`${mac}.${payload.slice(0, -1)}`, 'not_authentic'],
    'another secret': [build(good, { name: 'facebook', secret: made('other') }), 'not_authentic'],
    'an empty secret': [sealed(JSON.stringify(good), ''), 'not_authentic'],
    'the MAC of the decoded content': [
      `${createHmac('sha256', instagram.secret.reveal()).update(JSON.stringify(good)).digest('base64url')}.${payload}`,
      'not_authentic',
    ],
    'SHA-1': [
      `${createHmac('sha1', instagram.secret.reveal()).update(payload).digest('base64url')}.${payload}`,
      'not_authentic',
    ],
  };
  test.each(Object.entries(forged))('%s', (_what, [text, reason]) => {
    expect(reasonOf(text)).toBe(reason);
  });

  test.each(['none', 'NONE', 'hmac-sha256', 'HMAC-SHA1', 'HS256', 'HMAC-SHA256 ', ''])(
    'the algorithm %j',
    (algorithm) => {
      expect(reasonOf(build({ ...good, algorithm }))).toBe('algorithm');
    },
  );

  test.each([
    'not JSON',
    ' ',
    'null',
    '[]',
    '7',
    '"x"',
    '{}',
    '['.repeat(3_000),
    JSON.stringify({ ...good, algorithm: undefined }),
    JSON.stringify({ ...good, algorithm: 7 }),
    JSON.stringify({ ...good, issued_at: undefined }),
    JSON.stringify({ ...good, issued_at: 'yesterday' }),
    JSON.stringify({ ...good, issued_at: 0 }),
    JSON.stringify({ ...good, issued_at: -1 }),
    JSON.stringify({ ...good, issued_at: 1e15 }),
    JSON.stringify({ ...good, user_id: undefined }),
    JSON.stringify({ ...good, user_id: 0 }),
    JSON.stringify({ ...good, user_id: '' }),
    JSON.stringify({ ...good, user_id: ['218471'] }),
    JSON.stringify({ ...good, user_id: { $ne: null } }),
    JSON.stringify({ ...good, user_id: 1.5 }),
    JSON.stringify({ ...good, user_id: "' or 1=1 --" }),
    JSON.stringify({ ...good, user_id: '1'.repeat(65) }),
  ])('authentic, but %s', (json) => {
    expect(reasonOf(build(json))).toBe('content');
  });
});

test('It counts from five minutes before its time until seven days after it, and not a second longer.', () => {
  const text = build(good);
  for (const [at, expected] of [
    [plus(now, -5 * MINUTE), 'accepted'],
    [plus(now, -5 * MINUTE - SECOND), 'too_new'],
    [plus(now, 7 * DAY), 'accepted'],
    [plus(now, 7 * DAY + SECOND), 'too_old'],
  ] as const) {
    expect([at, reasonOf(text, at)]).toEqual([at, expected]);
  }
});

test('The MAC is looked at before the JSON, and the algorithm before the age.', () => {
  const other = made('other').reveal();
  expect(reasonOf(sealed('not JSON', other))).toBe('not_authentic');
  expect(reasonOf(sealed('not JSON', instagram.secret.reveal()))).toBe('content');
  expect(reasonOf(build({ ...good, algorithm: 'none', issued_at: 1 }))).toBe('algorithm');
});

test('Whatever text arrives, it is refused or was signed.', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.json()), fc.string(), (one, other) => {
      expect(reasonOf(`${one}.${other}`)).not.toBe('accepted');
      expect(['malformed', 'not_authentic']).toContain(reasonOf(one));
    }),
  );
  fc.assert(
    fc.property(fc.nat(), fc.stringMatching(/^[\w-]$/), (at, letter) => {
      const text = build(good);
      const place = at % text.length;
      fc.pre(text[place] !== letter && text[place] !== '.');
      const changed = text.slice(0, place) + letter + text.slice(place + 1);
      const isSameMac =
        Buffer.from(changed.split('.')[0] ?? '', 'base64url').equals(
          Buffer.from(text.split('.')[0] ?? '', 'base64url'),
        ) && place < text.indexOf('.');
      // The last letter of a MAC has bits that mean nothing.
      expect(reasonOf(changed)).toBe(isSameMac ? 'accepted' : 'not_authentic');
    }),
  );
});

test('No refusal repeats what arrived.', () => {
  const canary = 'canary'.repeat(10);
  const refuse = () => readSignedRequest(`${canary}.${canary}`, all, now);
  expect(refuse).toThrow(/^A signed request was refused: not_authentic\.$/);
});
