import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import {
  ACCOUNT_FIELDS,
  facebook,
  get,
  longToken,
  refusal,
  shortToken,
  tokenIn,
  type Values,
} from './visitor.js';

test('me/accounts does not name the linked Instagram account unless it is asked for', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'page-token');
  const byDefault = await facebook(sandbox, 'me/accounts', token);
  expect(Object.keys(byDefault.body.data[0])).not.toContain('instagram_business_account');
  const asked = await facebook(sandbox, 'me/accounts', token, { fields: ACCOUNT_FIELDS });
  expect(Object.keys(asked.body.data[0])).toEqual([
    'id',
    'name',
    'access_token',
    'instagram_business_account',
  ]);
  expect(asked.body.data[0].instagram_business_account).toEqual({
    id: expect.stringMatching(/^1784\d{13}$/),
    username: 'moca_page_token',
    name: 'Café One linked page',
    profile_picture_url: expect.stringMatching(/^https:\/\/[\w.-]+\.cdninstagram\.com\//),
  });
});

test('with explicit fields the access token comes only when it is listed, and id always', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'page-token');
  const answer = await facebook(sandbox, 'me/accounts', token, { fields: 'name' });
  expect(Object.keys(answer.body.data[0]).toSorted()).toEqual(['id', 'name']);
});

test('the linked account is absent, not null, where there is none', async () => {
  await using sandbox = await createSandbox();
  for (const persona of ['page-without-instagram', 'personal-account']) {
    const token = await longToken(sandbox, 'facebook', persona);
    const answer = await facebook(sandbox, 'me/accounts', token, { fields: ACCOUNT_FIELDS });
    expect(answer.body.data.length).toBeGreaterThan(0);
    expect(answer.text).not.toContain('instagram_business_account');
  }
});

test('a nested account without braces is its id alone', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'page-token');
  const answer = await facebook(sandbox, 'me/accounts', token, { fields: 'instagram_business_account' });
  expect(Object.keys(answer.body.data[0].instagram_business_account)).toEqual(['id']);
});

test.for(['wings', 'id,wings', 'instagram_business_account{wings}', 'constructor'])(
  'the field list "%s" is refused with code 100',
  async (fields) => {
    await using sandbox = await createSandbox();
    const token = await longToken(sandbox, 'facebook', 'page-token');
    const answer = refusal(await facebook(sandbox, 'me/accounts', token, { fields }));
    expect(answer).toMatchObject({ status: 400, code: 100 });
    expect(answer.message).toContain('Tried accessing nonexisting field (');
  },
);

test.for(['id,', 'a{b', 'id}', '{id}', 'id name', 'id;name', 'id;', 'id.limit(1)'])(
  'the field list "%s" makes no sense',
  async (fields) => {
    await using sandbox = await createSandbox();
    const token = await longToken(sandbox, 'facebook', 'page-token');
    expect(refusal(await facebook(sandbox, 'me/accounts', token, { fields }))).toMatchObject({ code: 2500 });
  },
);

test('seven pages come three at a time whatever the limit, by cursor, and only the sixth is linked', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'several-pages');
  const seen: { id: string; instagram_business_account?: object }[] = [];
  const sizes: number[] = [];
  let after: string | undefined;
  do {
    const params = { fields: ACCOUNT_FIELDS, limit: '100', ...(after === undefined ? {} : { after }) };
    const { body } = await facebook(sandbox, 'me/accounts', token, params);
    seen.push(...body.data);
    sizes.push(body.data.length);
    after = body.paging.next === undefined ? undefined : body.paging.cursors.after;
  } while (after !== undefined);
  expect(sizes).toEqual([3, 3, 1]);
  expect(new Set(seen.map((page) => page.id)).size).toBe(7);
  expect(seen.map((page) => page.instagram_business_account !== undefined)).toEqual([
    false,
    false,
    false,
    false,
    false,
    true,
    false,
  ]);
});

test('next leads to the following pages by itself and holds the access token', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'several-pages');
  const first = await facebook(sandbox, 'me/accounts', token, { fields: 'name', limit: '2' });
  const next = new URL(first.body.paging.next);
  expect(next.href.startsWith(`${sandbox.hosts.facebookGraph}/v21.0/me/accounts?`)).toBe(true);
  expect(next.searchParams.get('access_token')).toBe(token);
  const second = await get(next.href);
  expect(second.body.data.map((page: { name: string }) => page.name)).toEqual([
    'Seven pages, one linked, page 3',
    'Seven pages, one linked, page 4',
  ]);
});

test('a list behind its end is empty and has no paging', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'page-token');
  const { body } = await facebook(sandbox, 'me/accounts', token);
  expect(body.paging.next).toBeUndefined();
  const behind = await facebook(sandbox, 'me/accounts', token, { after: body.paging.cursors.after });
  expect(behind.body).toEqual({ data: [] });
});

test.for<Values>([{ after: 'no-cursor' }, { limit: '0' }, { limit: 'many' }])(
  '%o is refused with code 100',
  async (params) => {
    await using sandbox = await createSandbox();
    const token = await longToken(sandbox, 'facebook', 'page-token');
    const answer = await facebook(sandbox, 'me/accounts', token, params);
    expect(refusal(answer)).toMatchObject({ status: 400, code: 100 });
  },
);

test('next repeats only what was asked for', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'several-pages');
  const { paging } = (await facebook(sandbox, 'me/accounts', token)).body;
  expect([...new URL(paging.next).searchParams.keys()]).toEqual(['access_token', 'after']);
});

test('a limit of one gives one page, and no next behind the last', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'page-without-instagram');
  const { data, paging } = (await facebook(sandbox, 'me/accounts', token, { limit: '1' })).body;
  expect(data).toHaveLength(1);
  const { body } = await facebook(sandbox, 'me/accounts', token, { limit: '1', after: paging.cursors.after });
  expect(body.data).toHaveLength(1);
  expect(body.paging.next).toBeUndefined();
});

test('two linked pages lead to two different accounts', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'two-linked-pages');
  const { body } = await facebook(sandbox, 'me/accounts', token, { fields: ACCOUNT_FIELDS });
  const accounts = body.data.map(
    (page: { instagram_business_account?: { id: string } }) => page.instagram_business_account?.id ?? null,
  );
  expect(accounts).toEqual([expect.stringMatching(/^1784/), null, expect.stringMatching(/^1784/)]);
  expect(accounts[0]).not.toBe(accounts[2]);
});

test('the page of late-page is missing at the first look after each consent', async () => {
  await using sandbox = await createSandbox();
  const sizes: number[] = [];
  for (let consent = 0; consent < 2; consent += 1) {
    const token = await longToken(sandbox, 'documented', 'late-page');
    for (let look = 0; look < 3; look += 1) {
      sizes.push((await facebook(sandbox, 'me/accounts', token)).body.data.length);
    }
  }
  expect(sizes).toEqual([0, 1, 1, 0, 1, 1]);
});

test('without pages_show_list no page is listed', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'page-token', { scope: 'instagram_basic' });
  expect((await facebook(sandbox, 'me/accounts', token)).body).toEqual({ data: [] });
});

test('the linked account cannot be read without the basic permission', async () => {
  await using sandbox = await createSandbox();
  for (const world of ['documented', 'facebook'] as const) {
    const token = await longToken(sandbox, world, 'declined-basic');
    expect((await facebook(sandbox, 'me/accounts', token)).status).toBe(200);
    const answer = await facebook(sandbox, 'me/accounts', token, { fields: ACCOUNT_FIELDS });
    expect(refusal(answer)).toMatchObject({ status: 403, code: 10 });
  }
});

test('the Facebook side of a stranger to the app can list no pages', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'not-a-tester');
  expect(refusal(await facebook(sandbox, 'me/accounts', token))).toMatchObject({ status: 403, code: 200 });
});

test('the short-lived user token lists pages as well', async () => {
  await using sandbox = await createSandbox();
  const token = await shortToken(sandbox, 'documented', 'page-token');
  const { body } = await facebook(sandbox, 'me/accounts', token);
  expect(tokenIn(await facebook(sandbox, body.data[0].id, token, { fields: 'access_token' }))).toBe(
    body.data[0].access_token,
  );
});
