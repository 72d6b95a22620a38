import { expect, test } from 'vitest';
import { appSecretProof } from '../../../src/meta/appsecret-proof.js';
import { Secret } from '../../../src/secret.js';

test('The proof is the HMAC-SHA256 of the token in lower-case hex, keyed with the app secret.', () => {
  // A published test vector: neither a secret nor a token of anything.
  const app = { clientId: '1', clientSecret: new Secret('key') };
  const proof = appSecretProof(app, new Secret('The quick brown fox jumps over the lazy dog'));
  expect(proof.reveal()).toBe('f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8');
});

test('It is a secret itself.', () => {
  const app = { clientId: '1', clientSecret: new Secret('key') };
  expect(String(appSecretProof(app, new Secret('token')))).toBe('[secret]');
});
