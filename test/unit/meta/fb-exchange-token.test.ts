import { expect, test } from 'vitest';
import { exchangeInstagramCode } from '../../../src/meta/exchange-authorization-code.js';
import { exchangeFacebookToken } from '../../../src/meta/fb-exchange-token.js';
import { DAY } from '../../../src/time.js';
import { fixture, fixtureWithToken } from '../../support/fixture.js';
import { failureOf } from '../../support/meta-failure.js';
import { createSandboxMeta } from '../../support/sandbox-meta.js';
import { createScriptedMeta, madeToken, parametersIn, proofOf } from '../../support/scripted-meta.js';
import { expiresInCases, tokenBody, unusableTokens } from '../../support/token-answers.js';

test('The token goes to graph.facebook.com with the Facebook pair and its own proof.', async () => {
  await using scripted = await createScriptedMeta({ graphVersion: 'v26.0' });
  const [short, long] = [madeToken('EAA'), madeToken('EAA')];
  scripted.answer(fixtureWithToken('fb-exchange-token', long));
  const { meta } = scripted;
  const token = await exchangeFacebookToken(meta, short);
  const { method, path, query, body } = scripted.onlyCall;
  expect({ method, path, body }).toEqual({
    method: 'GET',
    path: '/deep/fb-graph/v26.0/oauth/access_token',
    body: '',
  });
  expect(parametersIn(query)).toEqual({
    grant_type: 'fb_exchange_token',
    client_id: meta.facebookApp.clientId,
    client_secret: meta.facebookApp.clientSecret.reveal(),
    fb_exchange_token: short.reveal(),
    appsecret_proof: proofOf(meta.facebookApp, short),
  });
  expect(token.value.reveal()).toBe(long.reveal());
  expect(token).toMatchObject({ expiresInSeconds: 5_183_944, receivedAt: scripted.clock.now() });
});

test.for(expiresInCases)(
  'A token with expires_in %o lives for %o seconds.',
  async ([expires_in, seconds]) => {
    await using scripted = await createScriptedMeta();
    scripted.answer(tokenBody({ access_token: 'EAA-made-up', expires_in }));
    expect((await exchangeFacebookToken(scripted.meta, madeToken('EAA'))).expiresInSeconds).toBe(seconds);
  },
);

test.for(unusableTokens)('An access_token of %o is refused at once.', async (access_token) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(tokenBody({ access_token, expires_in: 5_183_944 }));
  const failure = await failureOf(exchangeFacebookToken(scripted.meta, madeToken('EAA')));
  expect(failure).toMatchObject({ endpoint: 'fb_exchange_token', code: 'META_BAD_RESPONSE', refused: false });
});

test.for([
  ['fb-exchange-token.instagram-app-id', 'APP_MISCONFIGURED', 101],
  ['fb-exchange-token.unknown-app', 'APP_MISCONFIGURED', 101],
  ['fb-exchange-token.junk-token', 'REAUTHORIZATION_REQUIRED', 190],
  ['cannot-parse-token', 'REAUTHORIZATION_REQUIRED', 190],
  ['appsecret-proof.invalid', 'APP_MISCONFIGURED', 100],
] as const)('The refusal of %s.json is %s, with code %i.', async ([name, code, number]) => {
  await using scripted = await createScriptedMeta();
  scripted.answer({ status: 400, body: fixture(name) });
  const failure = await failureOf(exchangeFacebookToken(scripted.meta, madeToken('EAA')));
  expect(failure).toMatchObject({ code, refused: true, meta: { code: number, fbtraceId: 'A-example' } });
});

test('The sandbox exchanges a token of Facebook Login for one of 60 days, and wants the proof that it gets.', async () => {
  await using test = await createSandboxMeta('documented', { requiresAppSecretProof: true });
  const short = (await exchangeInstagramCode(test.meta, await test.code('page-token'))).value;
  const long = await exchangeFacebookToken(test.meta, short);
  expect(long.value.reveal()).toMatch(/^EAAsandbox/);
  expect(long.value.reveal()).not.toBe(short.reveal());
  expect(long.expiresInSeconds).toBeGreaterThan((59 * DAY) / 1000);
});

test('The sandbox answers 101 to a token of Instagram Login.', async () => {
  await using test = await createSandboxMeta('documented');
  const short = (await exchangeInstagramCode(test.meta, await test.code('code-101'))).value;
  expect(await failureOf(exchangeFacebookToken(test.meta, short))).toMatchObject({
    code: 'APP_MISCONFIGURED',
    meta: { code: 101 },
  });
});

test('The sandbox leaves expires_in out, and nothing is made of it.', async () => {
  await using test = await createSandboxMeta('documented');
  const short = (await exchangeInstagramCode(test.meta, await test.code('page-token'))).value;
  test.sandbox.faults.inject({ fault: 'missing_expires_in', endpoint: 'fb_exchange_token', times: 1 });
  expect((await exchangeFacebookToken(test.meta, short)).expiresInSeconds).toBeNull();
});
