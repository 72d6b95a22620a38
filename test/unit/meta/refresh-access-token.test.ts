import { expect, test } from 'vitest';
import { exchangeInstagramCode } from '../../../src/meta/exchange-authorization-code.js';
import { exchangeInstagramToken } from '../../../src/meta/ig-exchange-token.js';
import { refreshLongLivedToken } from '../../../src/meta/refresh-access-token.js';
import { DAY } from '../../../src/time.js';
import { fixture, fixtureWithToken } from '../../support/fixture.js';
import { failureOf } from '../../support/meta-failure.js';
import { createSandboxMeta } from '../../support/sandbox-meta.js';
import { createScriptedMeta, madeToken, parametersIn } from '../../support/scripted-meta.js';
import { expiresInCases, tokenBody, unusableTokens } from '../../support/token-answers.js';

test('The token is refreshed without a secret, on a path without a version.', async () => {
  await using scripted = await createScriptedMeta();
  const [old, fresh] = [madeToken('IGAA'), madeToken('IGAA')];
  scripted.answer(fixtureWithToken('refresh-access-token', fresh));
  const token = await refreshLongLivedToken(scripted.meta, old);
  const { method, path, query, body } = scripted.onlyCall;
  expect({ method, path, body }).toEqual({ method: 'GET', path: '/ig-graph/refresh_access_token', body: '' });
  expect(parametersIn(query)).toEqual({ grant_type: 'ig_refresh_token', access_token: old.reveal() });
  expect(token.value.reveal()).toBe(fresh.reveal());
  expect(token).toMatchObject({ expiresInSeconds: 5_183_944, receivedAt: scripted.clock.now() });
});

test('A token that comes back unchanged is as good as a new one.', async () => {
  await using scripted = await createScriptedMeta();
  const same = madeToken('IGAA');
  scripted.answer(fixtureWithToken('refresh-access-token', same));
  expect((await refreshLongLivedToken(scripted.meta, same)).value.reveal()).toBe(same.reveal());
});

test.for(expiresInCases)(
  'A token with expires_in %o lives for %o seconds.',
  async ([expires_in, seconds]) => {
    await using scripted = await createScriptedMeta();
    scripted.answer(tokenBody({ access_token: 'IGAA-made-up', expires_in }));
    expect((await refreshLongLivedToken(scripted.meta, madeToken('IGAA'))).expiresInSeconds).toBe(seconds);
  },
);

test.for(unusableTokens)('An access_token of %o is refused at once.', async (access_token) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(tokenBody({ access_token, expires_in: 5_183_944 }));
  const failure = await failureOf(refreshLongLivedToken(scripted.meta, madeToken('IGAA')));
  expect(failure).toMatchObject({ endpoint: 'refresh_access_token', code: 'META_BAD_RESPONSE' });
});

test('The refusal of token-expired.json asks for a new consent.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer({ status: 400, body: fixture('token-expired') });
  expect(await failureOf(refreshLongLivedToken(scripted.meta, madeToken('IGAA')))).toMatchObject({
    code: 'REAUTHORIZATION_REQUIRED',
    meta: { code: 190, subcode: 463 },
    refused: true,
  });
});

test('The sandbox refreshes a token from its 24th hour until it expires.', async () => {
  await using test = await createSandboxMeta('instagram');
  const short = (await exchangeInstagramCode(test.meta, await test.code('page-token'))).value;
  const long = (await exchangeInstagramToken(test.meta, short)).value;
  test.clock.advance(DAY - 1000);
  expect(await failureOf(refreshLongLivedToken(test.meta, long))).toMatchObject({ refused: true });
  test.clock.advance(1000);
  const fresh = await refreshLongLivedToken(test.meta, long);
  expect(fresh.value.reveal()).toBe(test.sandbox.ledger.last({ endpoint: 'refresh_access_token' })?.granted);
  expect(fresh.expiresInSeconds).toBeGreaterThan((59 * DAY) / 1000);
  test.clock.advance(61 * DAY);
  expect(await failureOf(refreshLongLivedToken(test.meta, fresh.value))).toMatchObject({
    code: 'REAUTHORIZATION_REQUIRED',
    meta: { code: 190, subcode: 463 },
  });
});
