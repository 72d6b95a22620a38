import { expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { ACCOUNT_FIELDS, facebook, fbExchange, longToken, refusal } from './visitor.js';

test('a page token is the page to /me, and cannot ask for accounts, businesses or permissions', async () => {
  await using sandbox = await createSandbox();
  const [page] = await pagesOf(sandbox, 'page-token');
  expect((await facebook(sandbox, 'me', page.access_token)).body).toEqual({ name: page.name, id: page.id });
  for (const [path, field] of [
    ['me/accounts', 'accounts'],
    ['me/businesses', 'businesses'],
    ['me/permissions', 'permissions'],
  ] as const) {
    expect(refusal(await facebook(sandbox, path, page.access_token))).toMatchObject({
      code: 100,
      message: `(#100) Tried accessing nonexisting field (${field}) on node type (Page)`,
    });
  }
});

test('a page token cannot be exchanged for a long-lived token', async () => {
  await using sandbox = await createSandbox();
  const [page] = await pagesOf(sandbox, 'page-token');
  expect(refusal(await fbExchange(sandbox, 'facebook', page.access_token))).toMatchObject({ code: 190 });
});

test('a page token reads its own page and account, and no other', async () => {
  await using sandbox = await createSandbox();
  const [first, , third] = await pagesOf(sandbox, 'two-linked-pages');
  const fields = 'instagram_business_account{id,username}';
  const own = await facebook(sandbox, first.id, first.access_token, { fields });
  const { id, username } = own.body.instagram_business_account;
  expect(username).toBe('moca_two_linked_pages');
  expect((await facebook(sandbox, id, first.access_token, { fields: 'username' })).body).toEqual({
    id,
    username,
  });
  expect(refusal(await facebook(sandbox, third.id, first.access_token))).toMatchObject({
    code: 100,
    subcode: 33,
  });
  expect(refusal(await facebook(sandbox, id, third.access_token))).toMatchObject({ code: 100, subcode: 33 });
});

test('a page can be read by its id with the user token, even one that me/accounts hides', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'documented', 'portfolio-page');
  const { clientId, clientSecret } = sandbox.apps.documented;
  const inspected = await facebook(sandbox, 'debug_token', `${clientId}|${clientSecret}`, {
    input_token: token,
  });
  const granular: { scope: string; target_ids?: string[] }[] = inspected.body.data.granular_scopes;
  const targets = granular.find((entry) => entry.scope === 'pages_show_list')?.target_ids ?? [];
  expect(targets).not.toEqual([]);
  const pages = await Promise.all(
    targets.map((id) => facebook(sandbox, id, token, { fields: ACCOUNT_FIELDS })),
  );
  const linked = pages.filter((page) => page.body.instagram_business_account !== undefined);
  expect(linked.map((page) => page.body.access_token)).toEqual([expect.stringMatching(/^EAAsandbox/)]);
});

test("somebody else's page does not exist, and neither does an invented one", async () => {
  await using sandbox = await createSandbox();
  const [page] = await pagesOf(sandbox, 'page-token');
  const other = await longToken(sandbox, 'facebook', 'several-pages');
  for (const id of [page.id, '123456789012345']) {
    const answer = refusal(await facebook(sandbox, id, other));
    expect(answer).toMatchObject({ status: 400, code: 100, subcode: 33 });
    expect(answer.message).toContain(`Unsupported get request. Object with ID '${id}' does not exist`);
  }
});

test('a person can be read by their id, but not with a page token', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'declined-basic');
  const person = (await facebook(sandbox, 'me', token)).body;
  const [page] = (await facebook(sandbox, 'me/accounts', token)).body.data;
  expect((await facebook(sandbox, person.id, token)).body).toEqual(person);
  expect(refusal(await facebook(sandbox, person.id, page.access_token))).toMatchObject({
    code: 100,
    subcode: 33,
  });
});

test('an account cannot be read by its id without the basic permission', async () => {
  await using sandbox = await createSandbox();
  const first = await longToken(sandbox, 'facebook', 'page-token');
  const [page] = (await facebook(sandbox, 'me/accounts', first, { fields: ACCOUNT_FIELDS })).body.data;
  const account = page.instagram_business_account.id;
  const lesser = await longToken(sandbox, 'facebook', 'page-token', { scope: 'pages_show_list' });
  expect((await facebook(sandbox, account, first, { fields: 'username,media_count' })).body).toEqual({
    username: 'moca_page_token',
    media_count: 42,
    id: account,
  });
  expect(refusal(await facebook(sandbox, account, lesser))).toMatchObject({ status: 403, code: 10 });
});

test('a stranger to the app cannot read a page by its id either', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'not-a-tester');
  const { clientId, clientSecret } = sandbox.apps.facebook;
  const inspected = await facebook(sandbox, 'debug_token', `${clientId}|${clientSecret}`, {
    input_token: token,
  });
  const granular: { scope: string; target_ids?: string[] }[] = inspected.body.data.granular_scopes;
  const targets = (scope: string) => granular.find((entry) => entry.scope === scope)?.target_ids ?? [];
  expect(targets('instagram_basic')).toEqual([expect.stringMatching(/^1784\d{13}$/)]);
  expect(targets('pages_show_list')).toHaveLength(1);
  const [id = ''] = targets('pages_show_list');
  expect(refusal(await facebook(sandbox, id, token))).toMatchObject({ status: 403, code: 200 });
});

/** The pages as they came over the wire. */
async function pagesOf(sandbox: Sandbox, persona: string) {
  const token = await longToken(sandbox, 'facebook', persona);
  return (await facebook(sandbox, 'me/accounts', token)).body.data;
}
