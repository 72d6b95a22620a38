import { expect, test } from 'vitest';
import { exchangeFacebookCode } from '../../../src/meta/exchange-authorization-code.js';
import { exchangeFacebookToken } from '../../../src/meta/fb-exchange-token.js';
import { fetchMyPages } from '../../../src/meta/me-accounts.js';
import { fixture, fixtureWithToken } from '../../support/fixture.js';
import { failureOf } from '../../support/meta-failure.js';
import { createSandboxMeta, type SandboxMeta } from '../../support/sandbox-meta.js';
import { createScriptedMeta, made, madeToken, parametersIn, proofOf } from '../../support/scripted-meta.js';

const PAGE_FIELDS =
  'id,name,access_token,tasks,instagram_business_account{id,username,name,profile_picture_url}';

function listOf(ids: readonly string[], paging: object = {}): string {
  return JSON.stringify({ data: ids.map((id) => ({ id })), paging });
}

const next = 'https://graph.facebook.com/v21.0/me/accounts?after=from-the-url';

test('The pages are asked for by their fields, a hundred at a time, with the token and its proof.', async () => {
  await using scripted = await createScriptedMeta({ graphVersion: 'v24.0' });
  scripted.answer(fixture('me-accounts.empty'));
  const token = madeToken('EAA');
  expect(await fetchMyPages(scripted.meta, token)).toEqual([]);
  const { method, path, query } = scripted.onlyCall;
  expect({ method, path }).toEqual({ method: 'GET', path: '/deep/fb-graph/v24.0/me/accounts' });
  expect(parametersIn(query)).toEqual({
    fields: PAGE_FIELDS,
    limit: '100',
    access_token: token.reveal(),
    appsecret_proof: proofOf(scripted.meta.facebookApp, token),
  });
});

test('The body of me-accounts.json is read: a page with its own token, and no linked account.', async () => {
  await using scripted = await createScriptedMeta();
  const pageToken = madeToken('EAA');
  scripted.answer(fixtureWithToken('me-accounts', pageToken));
  const pages = await fetchMyPages(scripted.meta, madeToken('EAA'));
  expect(pages).toMatchObject([{ id: '134895793791914', name: 'Metricsaurus', instagram: null }]);
  expect(pages[0]?.accessToken?.reveal()).toBe(pageToken.reveal());
  expect(scripted.calls).toHaveLength(1);
});

test.for([
  ['{"id":"17841405822304914","username":"a","name":"A"}', { id: '17841405822304914', username: 'a' }],
  ['{"id":17841405822304915}', { id: '17841405822304915', username: null }],
  ['{"id":"17841405822304914","username":9}', { id: '17841405822304914', username: null }],
  ['null', null],
  ['"17841405822304914"', null],
  ['{"username":"a"}', null],
] as const)('A linked account of %s is read as %o.', async ([linked, read]) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(`{"data":[{"id":"1","instagram_business_account":${linked}}]}`);
  expect((await fetchMyPages(scripted.meta, madeToken('EAA')))[0]?.instagram).toEqual(read);
});

test.for([undefined, null, '', 42, 'x'.repeat(8193)])(
  'A page with a token of %o is a page without one.',
  async (access_token) => {
    await using scripted = await createScriptedMeta();
    scripted.answer(JSON.stringify({ data: [{ id: '1', name: 'One', access_token }, { id: 2 }] }));
    expect(await fetchMyPages(scripted.meta, madeToken('EAA'))).toEqual([
      { id: '1', name: 'One', accessToken: null, instagram: null },
      { id: '2', name: null, accessToken: null, instagram: null },
    ]);
  },
);

test.for([
  '{}',
  '{"data":{}}',
  '{"data":[null]}',
  '{"data":[{"name":"no id"}]}',
  '{"data":[{"id":"../me"}]}',
  '[]',
])('The answer %s is no list of pages.', async (body) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(body);
  expect(await failureOf(fetchMyPages(scripted.meta, madeToken('EAA')))).toMatchObject({
    endpoint: 'me_accounts',
    code: 'META_BAD_RESPONSE',
  });
});

test('The next answer is asked for by its cursor, in the same words and with the same proof.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(
    listOf(['1', '2'], { cursors: { before: 'b', after: 'cursor+/= &1' }, next }),
    listOf(['3'], { cursors: { before: 'b', after: 'last' } }),
  );
  const token = madeToken('EAA');
  const pages = await fetchMyPages(scripted.meta, token);
  expect(pages.map(({ id }) => id)).toEqual(['1', '2', '3']);
  const [first, second] = scripted.calls.map(({ query }) => parametersIn(query));
  expect(second).toEqual({ ...first, after: 'cursor+/= &1' });
  expect(scripted.calls[1]?.query).toContain('after=cursor%2B%2F%3D+%261');
  expect(scripted.calls).toHaveLength(2);
});

test('An empty answer that has a next one is not the end.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(
    listOf([], { cursors: { after: 'one' }, next }),
    listOf([], { cursors: { after: 'two' }, next }),
    listOf(['1']),
  );
  expect(await fetchMyPages(scripted.meta, madeToken('EAA'))).toHaveLength(1);
  expect(scripted.calls).toHaveLength(3);
});

test.for([
  ['no next', { cursors: { after: 'one' } }],
  ['a next that is no text', { cursors: { after: 'one' }, next: true }],
  ['a next without a cursor', { next }],
  ['an empty cursor', { cursors: { after: '' }, next }],
  ['cursors that are none', { cursors: ['one'], next }],
  ['an absurd cursor', { cursors: { after: 'x'.repeat(2049) }, next }],
  ['no paging', undefined],
] as const)('A list with %s has ended.', async ([_what, paging]) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(JSON.stringify({ data: [{ id: '1' }], paging }));
  expect(await fetchMyPages(scripted.meta, madeToken('EAA'))).toHaveLength(1);
  expect(scripted.calls).toHaveLength(1);
});

test('A list that repeats its cursor ends, also when it goes round in a circle.', async () => {
  await using scripted = await createScriptedMeta();
  const again = listOf(['1'], { cursors: { after: 'same' }, next });
  scripted.answer(again, again, again);
  await fetchMyPages(scripted.meta, madeToken('EAA'));
  expect(scripted.calls).toHaveLength(2);
  const [a, b] = ['a', 'b'].map((after) => listOf(['1'], { cursors: { after }, next }));
  await using circle = await createScriptedMeta();
  circle.answer(a ?? '', b ?? '', a ?? '', b ?? '');
  await fetchMyPages(circle.meta, madeToken('EAA'));
  expect(circle.calls).toHaveLength(3);
});

test('A list that never ends is left after a hundred answers.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(
    ...Array.from({ length: 120 }, (_, i) => listOf([], { cursors: { after: `c${i}` }, next })),
  );
  await fetchMyPages(scripted.meta, madeToken('EAA'));
  expect(scripted.calls).toHaveLength(100);
});

test('The URL in next is never fetched, wherever it points.', async () => {
  await using scripted = await createScriptedMeta();
  await using decoy = await createScriptedMeta();
  const urls = [
    'http://169.254.169.254/latest/meta-data/',
    'file:///etc/passwd',
    `${decoy.hosts.facebookGraph}/me`,
  ];
  scripted.answer(
    ...urls.map((url, i) => listOf([String(i + 1)], { cursors: { after: `after-${i}` }, next: url })),
    listOf(['9']),
  );
  const pages = await fetchMyPages(scripted.meta, madeToken('EAA'));
  expect(pages.map(({ id }) => id)).toEqual(['1', '2', '3', '9']);
  expect(new Set(scripted.calls.map(({ path }) => path))).toEqual(
    new Set(['/deep/fb-graph/v21.0/me/accounts']),
  );
  expect(scripted.calls.slice(1).map(({ query }) => parametersIn(query)['after'])).toEqual([
    'after-0',
    'after-1',
    'after-2',
  ]);
  // A connection to elsewhere than this machine would have failed the call (test/support/setup.ts).
  expect(decoy.calls).toHaveLength(0);
});

test('A refusal in the middle of the list fails the list.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(listOf(['1'], { cursors: { after: 'one' }, next }), {
    status: 400,
    body: fixture('rate-limit.instagram'),
  });
  expect((await failureOf(fetchMyPages(scripted.meta, made('token')))).code).toBe('META_RATE_LIMITED');
});

test('The sandbox lists seven pages in three answers, each with its token, and names the linked account.', async () => {
  await using test = await createSandboxMeta('facebook', { requiresAppSecretProof: true });
  const pages = await fetchMyPages(test.meta, await longToken(test, 'several-pages'));
  expect(pages.map(({ instagram }) => instagram !== null)).toEqual([
    false,
    false,
    false,
    false,
    false,
    true,
    false,
  ]);
  expect(new Set(pages.map(({ accessToken }) => accessToken?.reveal())).size).toBe(7);
  expect(pages[5]?.instagram).toEqual({
    id: expect.stringMatching(/^17841/),
    username: 'moca_several_pages',
  });
  expect(test.sandbox.ledger.count({ endpoint: 'me_accounts' })).toBe(3);
});

test('The sandbox points next into a private network, and is asked by cursor until it repeats itself or ends.', async () => {
  await using test = await createSandboxMeta('facebook');
  const token = await longToken(test, 'several-pages');
  test.sandbox.faults.inject({ fault: 'evil_next', endpoint: 'me_accounts' });
  expect(await fetchMyPages(test.meta, token)).toHaveLength(7);
  expect(test.sandbox.ledger.count({ endpoint: 'elsewhere' })).toBe(0);
});

test('The sandbox lists nothing for somebody without pages.', async () => {
  await using test = await createSandboxMeta('facebook');
  expect(await fetchMyPages(test.meta, await longToken(test, 'no-page'))).toEqual([]);
});

async function longToken(test: SandboxMeta, persona: string) {
  const short = await exchangeFacebookCode(test.meta, await test.code(persona));
  return (await exchangeFacebookToken(test.meta, short.value)).value;
}
