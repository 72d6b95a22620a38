import { expect, test } from 'vitest';
import { exchangeInstagramCode } from '../../../src/meta/exchange-authorization-code.js';
import { exchangeInstagramToken } from '../../../src/meta/ig-exchange-token.js';
import { HOUR } from '../../../src/time.js';
import { fixture, fixtureWithToken } from '../../support/fixture.js';
import { failureOf } from '../../support/meta-failure.js';
import { createSandboxMeta } from '../../support/sandbox-meta.js';
import { createScriptedMeta, madeToken, parametersIn } from '../../support/scripted-meta.js';
import { expiresInCases, tokenBody, unusableTokens } from '../../support/token-answers.js';

test('The token goes to graph.instagram.com with the Instagram secret, on a path without a version.', async () => {
  await using scripted = await createScriptedMeta();
  const [short, long] = [madeToken('IGAA'), madeToken('IGAA')];
  scripted.answer(fixtureWithToken('ig-exchange-token', long));
  const { meta } = scripted;
  const token = await exchangeInstagramToken(meta, short);
  const { method, path, query, body } = scripted.onlyCall;
  expect({ method, path, body }).toEqual({ method: 'GET', path: '/ig-graph/access_token', body: '' });
  expect(parametersIn(query)).toEqual({
    grant_type: 'ig_exchange_token',
    client_secret: meta.instagramApp.clientSecret.reveal(),
    access_token: short.reveal(),
  });
  expect(token.value.reveal()).toBe(long.reveal());
  expect(token).toMatchObject({ expiresInSeconds: 5_183_944, receivedAt: scripted.clock.now() });
});

test.for(expiresInCases)(
  'A token with expires_in %o lives for %o seconds.',
  async ([expires_in, seconds]) => {
    await using scripted = await createScriptedMeta();
    scripted.answer(tokenBody({ access_token: 'IGAA-made-up', expires_in }));
    expect((await exchangeInstagramToken(scripted.meta, madeToken('IGAA'))).expiresInSeconds).toBe(seconds);
  },
);

test.for(unusableTokens)('An access_token of %o is refused at once.', async (access_token) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(tokenBody({ access_token, expires_in: 5_183_944 }));
  const failure = await failureOf(exchangeInstagramToken(scripted.meta, madeToken('IGAA')));
  expect(failure).toMatchObject({ endpoint: 'ig_exchange_token', code: 'META_BAD_RESPONSE' });
});

test.for([
  ['unsupported-request', 'APP_NOT_APPROVED'],
  ['token-expired', 'REAUTHORIZATION_REQUIRED'],
  ['cannot-parse-token', 'REAUTHORIZATION_REQUIRED'],
] as const)('The refusal of %s.json is %s.', async ([name, code]) => {
  await using scripted = await createScriptedMeta();
  scripted.answer({ status: 400, body: fixture(name) });
  expect(await failureOf(exchangeInstagramToken(scripted.meta, madeToken('IGAA')))).toMatchObject({
    code,
    refused: true,
  });
});

test('The sandbox exchanges a token of Instagram Login for one of 60 days while it lives.', async () => {
  await using test = await createSandboxMeta('instagram');
  const short = (await exchangeInstagramCode(test.meta, await test.code('page-token'))).value;
  const long = await exchangeInstagramToken(test.meta, short);
  expect(long.value.reveal()).toBe(test.sandbox.ledger.last({ endpoint: 'ig_exchange_token' })?.granted);
  expect(long.expiresInSeconds).toBeGreaterThan((59 * 24 * HOUR) / 1000);
  test.clock.advance(HOUR);
  expect(await failureOf(exchangeInstagramToken(test.meta, short))).toMatchObject({
    code: 'REAUTHORIZATION_REQUIRED',
    meta: { code: 190, subcode: 463 },
  });
});

test('The sandbox refuses a token of Facebook Login, and a person without a role.', async () => {
  await using test = await createSandboxMeta('documented');
  const facebook = (await exchangeInstagramCode(test.meta, await test.code('page-token'))).value;
  expect(await failureOf(exchangeInstagramToken(test.meta, facebook))).toMatchObject({ meta: { code: 190 } });
  const stranger = (await exchangeInstagramCode(test.meta, await test.code('not-a-tester'))).value;
  expect(await failureOf(exchangeInstagramToken(test.meta, stranger))).toMatchObject({
    code: 'APP_NOT_APPROVED',
    meta: { code: 100, subcode: null, type: 'IGApiException' },
  });
});
