import { expect, test } from 'vitest';
import {
  exchangeFacebookCode,
  exchangeInstagramCode,
} from '../../../src/meta/exchange-authorization-code.js';
import { exchangeFacebookToken } from '../../../src/meta/fb-exchange-token.js';
import { fetchMyPages } from '../../../src/meta/me-accounts.js';
import { fetchClientPages, fetchMyBusinesses, fetchOwnedPages } from '../../../src/meta/me-businesses.js';
import { fixtureWithToken } from '../../support/fixture.js';
import { failureOf } from '../../support/meta-failure.js';
import { createSandboxMeta } from '../../support/sandbox-meta.js';
import { createScriptedMeta, madeToken, parametersIn, proofOf } from '../../support/scripted-meta.js';

test('The ids of the portfolios are asked for, with the token and its proof.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer('{"data":[{"id":"30927608773521033","name":"x"},{"id":30927608773521035}],"paging":{}}');
  const token = madeToken('EAA');
  expect(await fetchMyBusinesses(scripted.meta, token)).toEqual(['30927608773521033', '30927608773521035']);
  const { method, path, query } = scripted.onlyCall;
  expect({ method, path }).toEqual({ method: 'GET', path: '/deep/fb-graph/v21.0/me/businesses' });
  expect(parametersIn(query)).toEqual({
    fields: 'id',
    limit: '100',
    access_token: token.reveal(),
    appsecret_proof: proofOf(scripted.meta.facebookApp, token),
  });
});

test('The portfolios are listed over all cursors, and never by the URL in next.', async () => {
  await using scripted = await createScriptedMeta();
  const next = 'http://169.254.169.254/';
  scripted.answer(
    `{"data":[{"id":"1"}],"paging":{"cursors":{"after":"one"},"next":"${next}"}}`,
    `{"data":[],"paging":{"cursors":{"after":"two"},"next":"${next}"}}`,
    '{"data":[{"id":"2"}],"paging":{"cursors":{"after":"three"}}}',
  );
  expect(await fetchMyBusinesses(scripted.meta, madeToken('EAA'))).toEqual(['1', '2']);
  expect(scripted.calls.map(({ path }) => path)).toEqual(Array(3).fill('/deep/fb-graph/v21.0/me/businesses'));
  expect(scripted.calls.map(({ query }) => parametersIn(query)['after'])).toEqual([undefined, 'one', 'two']);
});

test.for(['{}', '{"data":[{}]}', '{"data":[{"id":"1/../2"}]}', '{"data":[{"id":".."}]}', '[]'])(
  'The answer %s is no list of portfolios.',
  async (body) => {
    await using scripted = await createScriptedMeta();
    scripted.answer(body);
    expect(await failureOf(fetchMyBusinesses(scripted.meta, madeToken('EAA')))).toMatchObject({
      endpoint: 'me_businesses',
      code: 'META_BAD_RESPONSE',
    });
  },
);

test.for([
  ['owned_pages', fetchOwnedPages],
  ['client_pages', fetchClientPages],
] as const)(
  "A portfolio's %s are listed like one's own pages, over all cursors.",
  async ([endpoint, fetchPages]) => {
    await using scripted = await createScriptedMeta();
    const [token, pageToken] = [madeToken('EAA'), madeToken('EAA')];
    scripted.answer(
      '{"data":[],"paging":{"cursors":{"after":"one"},"next":"http://169.254.169.254/"}}',
      fixtureWithToken('me-accounts', pageToken),
    );
    const pages = await fetchPages(scripted.meta, '77', token);
    expect(pages.map(({ id, accessToken }) => [id, accessToken?.reveal()])).toEqual([
      ['134895793791914', pageToken.reveal()],
    ]);
    expect(scripted.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /deep/fb-graph/v21.0/77/${endpoint}`,
      `GET /deep/fb-graph/v21.0/77/${endpoint}`,
    ]);
    const [first, second] = scripted.calls.map(({ query }) => parametersIn(query));
    expect(first).toEqual({
      fields: 'id,name,access_token,tasks,instagram_business_account{id,username,name,profile_picture_url}',
      limit: '100',
      access_token: token.reveal(),
      appsecret_proof: proofOf(scripted.meta.facebookApp, token),
    });
    expect(second).toEqual({ ...first, after: 'one' });
  },
);

test.for([
  ['owned_pages', fetchOwnedPages],
  ['client_pages', fetchClientPages],
] as const)('A refusal of %s is a missing permission, by that name.', async ([endpoint, fetchPages]) => {
  await using scripted = await createScriptedMeta();
  const error = {
    message: '(#200) Requires business_management permission',
    type: 'OAuthException',
    code: 200,
  };
  scripted.answer({ status: 403, body: JSON.stringify({ error }) });
  expect(await failureOf(fetchPages(scripted.meta, '77', madeToken('EAA')))).toMatchObject({
    endpoint,
    code: 'MISSING_PERMISSION',
    status: 403,
  });
});

test('The sandbox shows the pages of portfolios to whoever granted business_management.', async () => {
  await using test = await createSandboxMeta('facebook', { requiresAppSecretProof: true });
  const short = await exchangeFacebookCode(test.meta, await test.code('portfolio-page'));
  const { value: token } = await exchangeFacebookToken(test.meta, short.value);
  expect(await fetchMyPages(test.meta, token)).toEqual([]);
  const [agency = '', own = ''] = await fetchMyBusinesses(test.meta, token);
  expect(await fetchOwnedPages(test.meta, agency, token)).toEqual([]);
  expect(await fetchClientPages(test.meta, agency, token)).toMatchObject([{ instagram: null }]);
  const [page, ...others] = await fetchOwnedPages(test.meta, own, token);
  expect(page?.instagram?.username).toBe('moca_portfolio_page');
  expect(page?.accessToken?.reveal()).toMatch(/^EAAsandbox/);
  expect(others).toEqual([]);
});

test('The sandbox refuses to list portfolios to whoever did not grant business_management.', async () => {
  await using test = await createSandboxMeta('documented');
  const short = await exchangeInstagramCode(test.meta, await test.code('portfolio-page'));
  const { value: token } = await exchangeFacebookToken(test.meta, short.value);
  expect((await failureOf(fetchMyBusinesses(test.meta, token))).code).toBe('MISSING_PERMISSION');
});
