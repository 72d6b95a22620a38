import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findWebhookSigner, type SigningSecret } from '../../../src/meta/webhook-signature.js';
import { escapedJson } from '../../../src/sandbox/push/escaped-json.js';
import { made } from '../../support/scripted-meta.js';

const instagram: SigningSecret = { name: 'instagram', secret: made('instagram') };
const facebook: SigningSecret = { name: 'facebook', secret: made('facebook') };
const previous: SigningSecret = { name: 'instagram_previous', secret: made('previous') };
const all = [instagram, facebook, previous];

/** As Meta's documentation says it, without any code of ours. */
function sign(body: string | Buffer, { secret }: SigningSecret, algorithm = 'sha256'): string {
  return `${algorithm}=${createHmac(algorithm, secret.reveal()).update(body).digest('hex')}`;
}

const body = Buffer.from('{"object":"instagram","entry":[]}');

test('A vector that was computed elsewhere is accepted.', () => {
  // printf '%s' 'Hello, World!' | openssl dgst -sha256 -hmac "It's a Secret to Everybody"
  const vector = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const secret = { reveal: () => "It's a Secret to Everybody" } as SigningSecret['secret'];
  expect(findWebhookSigner(vector, Buffer.from('Hello, World!'), [{ name: 'facebook', secret }])).toBe(
    'facebook',
  );
});

test('Whichever secret signed, it is named; one that is not ours is nobody.', () => {
  for (const signer of all) expect(findWebhookSigner(sign(body, signer), body, all)).toBe(signer.name);
  expect(findWebhookSigner(sign(body, facebook), body, [instagram, previous])).toBeNull();
  expect(findWebhookSigner(sign(body, instagram), body, [])).toBeNull();
});

test('Every body of bytes is accepted as it was signed, and with any other byte it is not.', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 500 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (bytes, at, flip) => {
        const signed = Buffer.from(bytes);
        const header = sign(signed, facebook);
        expect(findWebhookSigner(header, signed, all)).toBe('facebook');
        const changed = Buffer.from(signed);
        changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ flip;
        expect(findWebhookSigner(header, changed, all)).toBeNull();
        expect(findWebhookSigner(header, Buffer.concat([signed, Buffer.from(' ')]), all)).toBeNull();
      },
    ),
  );
});

test('Any other digit makes another signature.', () => {
  const header = sign(body, instagram);
  for (let at = 'sha256='.length; at < header.length; at += 1) {
    const digit = header[at] === '0' ? '1' : '0';
    const changed = `${header.slice(0, at)}${digit}${header.slice(at + 1)}`;
    expect(findWebhookSigner(changed, body, all)).toBeNull();
  }
});

test('A body that was read and written anew is another text, where Meta escapes.', () => {
  fc.assert(
    fc.property(fc.stringMatching(/[äöüé/☕]/), (text) => {
      const sent = escapedJson({ object: 'instagram', entry: [{ text }] });
      const header = sign(sent, instagram);
      expect(findWebhookSigner(header, Buffer.from(sent), all)).toBe('instagram');
      const rewritten = JSON.stringify(JSON.parse(sent));
      expect(findWebhookSigner(header, Buffer.from(rewritten), all)).toBeNull();
    }),
  );
});

describe('What is no such header is refused:', () => {
  const good = sign(body, instagram);
  const hex = good.slice('sha256='.length);
  const headers: Readonly<Record<string, string | undefined>> = {
    'none at all': undefined,
    'an empty one': '',
    "Meta's older one": sign(body, instagram, 'sha1'),
    'the older one under the new name': sign(body, instagram, 'sha1').replace('sha1', 'sha256'),
    sha512: sign(body, instagram, 'sha512'),
    'no algorithm': hex,
    'only the algorithm': 'sha256=',
    'one digit less': good.slice(0, -1),
    'one digit more': `${good}0`,
    'two of them': `${good},${good}`,
    'upper-case digits': `sha256=${hex.toUpperCase()}`,
    'an upper-case algorithm': good.replace('sha256', 'SHA256'),
    'a blank before it': ` ${good}`,
    'a line end behind it': `${good}\n`,
    base64: `sha256=${Buffer.from(hex, 'hex').toString('base64')}`,
    'no hex': `sha256=${'g'.repeat(64)}`,
    'a huge one': `sha256=${'0'.repeat(100_000)}`,
  };
  test.each(Object.entries(headers))('%s', (_what, header) => {
    expect(findWebhookSigner(header, body, all)).toBeNull();
  });
});
