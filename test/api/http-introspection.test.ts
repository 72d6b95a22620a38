import { getIntrospectionQuery } from 'graphql';
import { expect, test } from 'vitest';
import { postOperation } from '../support/http.js';
import { createTestApp, testSecrets } from '../support/test-app.js';

const looks = [
  getIntrospectionQuery({ inputValueDeprecation: true }),
  '{ __schema { queryType { name } } }',
  '{ authUrl __schema { types { name } } }',
  '{ __type(name: "Query") { name fields { name } } }',
  '{ ...F } fragment F on Query { __type(name: "InstagramAccount") { name } }',
  'query A { authUrl } query B { x: __schema { types { name } } }',
];

test('Who has no key, or a wrong one, does not get to see the schema.', async () => {
  await using moca = await createTestApp();
  for (const query of looks) {
    for (const headers of [{}, { authorization: 'Bearer made-up' }]) {
      const operationName = query.includes('query B') ? 'B' : null;
      const answer = await postOperation(moca, { query, operationName }, headers as Record<string, string>);
      expect({ query, status: answer.status, code: answer.code }).toEqual({
        query,
        status: 401,
        code: 'UNAUTHENTICATED',
      });
      expect(answer.text).not.toMatch(/"__schema"|"data"/);
    }
  }
});

test('What a key holder has looked at does not open it for others, nor the other way round.', async () => {
  await using moca = await createTestApp();
  const query = '{ __schema { queryType { name } } }';
  const withKey = { authorization: `Bearer ${testSecrets.serviceKey}` };
  for (const [headers, status] of [
    [{}, 401],
    [withKey, 200],
    [{}, 401],
    [withKey, 200],
  ] as const) {
    expect((await postOperation(moca, { query }, headers)).status).toBe(status);
  }
});

test('Who has a key, of either role, does.', async () => {
  await using moca = await createTestApp();
  for (const key of [testSecrets.adminKey, testSecrets.serviceKey]) {
    for (const query of looks.slice(0, 5)) {
      const { status, text } = await postOperation(moca, { query }, { authorization: `Bearer ${key}` });
      expect(status).toBe(200);
      expect(text).not.toContain('"errors"');
    }
  }
});

test('In open mode everybody does.', async () => {
  await using moca = await createTestApp({ overrides: { openIntrospection: true } });
  for (const query of looks.slice(0, 5)) {
    expect(await postOperation(moca, { query })).toMatchObject({ status: 200, code: null });
  }
});

test('__typename is no introspection: clients ask for it everywhere.', async () => {
  await using moca = await createTestApp();
  const { text } = await postOperation(moca, { query: '{ __typename authUrl }' });
  expect(text).toContain('"__typename":"Query"');
});

test('A misspelt field is not answered with suggestions from the schema.', async () => {
  await using moca = await createTestApp();
  for (const query of [
    '{ instagramAccountz { accountId } }',
    '{ instagramAccount(accountID: "1") { accountId } }',
    '{ instagramAccounts(orderBy: NAME_ASK) { totalCount } }',
    'query ($f: InstagramAccountFilterr) { authUrl }',
  ]) {
    const { status, text } = await postOperation(moca, { query });
    expect(status).toBe(400);
    expect(text).not.toMatch(/did you mean/i);
  }
});
