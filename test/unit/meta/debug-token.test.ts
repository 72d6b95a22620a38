import { expect, test } from 'vitest';
import { fetchTokenExpiry, fetchTokenGrantor } from '../../../src/meta/debug-token.js';
import { exchangeFacebookCode } from '../../../src/meta/exchange-authorization-code.js';
import { fetchFacebookUserId } from '../../../src/meta/facebook-me.js';
import { exchangeFacebookToken } from '../../../src/meta/fb-exchange-token.js';
import { fetchMyPages } from '../../../src/meta/me-accounts.js';
import { Secret } from '../../../src/secret.js';
import { DAY } from '../../../src/time.js';
import { fixture } from '../../support/fixture.js';
import { failureOf } from '../../support/meta-failure.js';
import { createSandboxMeta } from '../../support/sandbox-meta.js';
import { createScriptedMeta, madeToken, parametersIn, proofOf } from '../../support/scripted-meta.js';

test("The token is inspected with the app's own token, and the proof is the app token's.", async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(fixture('debug-token'));
  const token = madeToken('EAA');
  const { meta } = scripted;
  expect(await fetchTokenExpiry(meta, token)).toEqual(new Date(1_352_419_328_000));
  const { method, path, query } = scripted.onlyCall;
  expect({ method, path }).toEqual({ method: 'GET', path: '/deep/fb-graph/v21.0/debug_token' });
  const appToken = `${meta.facebookApp.clientId}|${meta.facebookApp.clientSecret.reveal()}`;
  expect(parametersIn(query)).toEqual({
    input_token: token.reveal(),
    access_token: appToken,
    appsecret_proof: proofOf(meta.facebookApp, new Secret(appToken)),
  });
});

test.for([
  ['0', 'never'],
  ['"0"', 'never'],
  ['1352419328', new Date(1_352_419_328_000)],
  ['null', null],
  ['-1', null],
  ['1.5', null],
  ['"soon"', null],
  ['{}', null],
  // None of these says "never".
  ['false', null],
  ['""', null],
  ['[]', null],
  ['10000000000000', null],
  ['99999999999999999999', null],
  [undefined, null],
] as const)('An expires_at of %s is read as %o.', async ([expiresAt, end]) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(`{"data":{"is_valid":true${expiresAt === undefined ? '' : `,"expires_at":${expiresAt}`}}}`);
  expect(await fetchTokenExpiry(scripted.meta, madeToken('EAA'))).toEqual(end);
});

test.for(['{}', '{"data":[]}', '[]', 'null'])('The answer %s says nothing about a token.', async (body) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(body);
  expect(await failureOf(fetchTokenExpiry(scripted.meta, madeToken('EAA')))).toMatchObject({
    endpoint: 'debug_token',
    code: 'META_BAD_RESPONSE',
  });
});

test('The sandbox knows the end of a user token, and that a page token has none.', async () => {
  await using test = await createSandboxMeta('facebook', { requiresAppSecretProof: true });
  const short = await exchangeFacebookCode(test.meta, await test.code('page-token'));
  const long = await exchangeFacebookToken(test.meta, short.value);
  const end = await fetchTokenExpiry(test.meta, long.value);
  expect((end as Date).getTime()).toBeGreaterThan(test.clock.now().getTime() + 59 * DAY);
  const [page] = await fetchMyPages(test.meta, long.value);
  expect(await fetchTokenExpiry(test.meta, page?.accessToken ?? madeToken('EAA'))).toBe('never');
});

test.for([
  ['"10225500000000001"', '10225500000000001'],
  ['10225500000000001', '10225500000000001'],
  ['"0"', null],
  ['null', null],
  ['[]', null],
  [undefined, null],
] as const)('A user_id of %s names %o as who consented.', async ([userId, grantor]) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(`{"data":{"is_valid":true${userId === undefined ? '' : `,"user_id":${userId}`}}}`);
  expect(await fetchTokenGrantor(scripted.meta, madeToken('EAA'))).toBe(grantor);
});

test('Of a page token the sandbox names the person that it names of the user token, also when both have ended.', async () => {
  await using test = await createSandboxMeta('facebook');
  const short = await exchangeFacebookCode(test.meta, await test.code('page-token'));
  const long = await exchangeFacebookToken(test.meta, short.value);
  const [page] = await fetchMyPages(test.meta, long.value);
  const pageToken = page?.accessToken ?? madeToken('EAA');
  const person = await fetchFacebookUserId(test.meta, long.value);
  expect(await fetchTokenGrantor(test.meta, pageToken)).toBe(person);
  test.sandbox.revoke('page-token', 460);
  expect(await fetchTokenGrantor(test.meta, pageToken)).toBe(person);
});
