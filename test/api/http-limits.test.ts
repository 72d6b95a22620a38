import { expect, test } from 'vitest';
import { post, postOperation, type Answer } from '../support/http.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';

const asAdmin = { authorization: `Bearer ${testSecrets.adminKey}` };

/** Nothing that a limit stops may reach the resolvers: they would count the accounts, or ask Meta. */
async function stopped(moca: TestApp, query: string, more: object = {}): Promise<Answer> {
  const answer = await postOperation(moca, { query, ...more }, asAdmin);
  expect(answer.text).not.toContain('"data"');
  return answer;
}

test('A document of more than 1,000 tokens is refused, and one of 1,000 is not.', async () => {
  await using moca = await createTestApp();
  const ofTokens = (count: number): string =>
    `{ instagramAccounts(filter: { kind: [${'PAGE '.repeat(count - 16)}] }) { totalCount } }`;
  expect((await postOperation(moca, { query: ofTokens(1_000) }, asAdmin)).status).toBe(200);
  for (const count of [1_001, 5_000]) {
    expect(await stopped(moca, ofTokens(count))).toMatchObject({ status: 400, code: 'GRAPHQL_PARSE_FAILED' });
  }
});

test('More than 15 aliases are refused, over all fragments together, and 15 are not.', async () => {
  await using moca = await createTestApp();
  const aliased = (count: number): string =>
    Array.from({ length: count }, (_, index) => `a${index}: authUrl`).join(' ');
  expect((await postOperation(moca, { query: `{ ${aliased(15)} }` })).status).toBe(200);
  const tooMany = [
    `{ ${aliased(16)} }`,
    `{ ${aliased(10)} ...F } fragment F on Query { ${aliased(16).slice(aliased(10).length)} }`,
    `{ ${aliased(200)} }`,
  ];
  for (const query of tooMany) {
    expect(await stopped(moca, query)).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
  }
  const guesses = Array.from(
    { length: 20 },
    (_, index) => `g${index}: completeInstagramAuth(code: "${index}") { accountId }`,
  );
  await stopped(moca, `mutation { ${guesses.join(' ')} }`);
  expect(moca.sandbox.ledger.calls()).toEqual([]);
});

test.each([
  'mutation { a: completeInstagramAuth(code: "1") { accountId } b: completeInstagramAuth(code: "2") { accountId } }',
  'mutation { completeInstagramAuth(code: "1") { accountId } ...F } fragment F on Mutation { b: completeInstagramAuth(code: "2") { accountId } }',
  'mutation { ... { a: completeInstagramAuth(code: "1") { accountId } } ... { b: completeInstagramAuth(code: "2") { accountId } } }',
  'query { a: instagramAccessToken(accountId: "1") { kind } b: instagramAccessToken(accountId: "2") { kind } }',
])('What tries a code or hands out a token stands in a document once: %s.', async (query) => {
  await using moca = await createTestApp();
  const answer = await stopped(moca, query);
  expect(answer).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
  expect(answer.text).toContain(' only once.');
  expect(moca.sandbox.ledger.calls()).toEqual([]);
});

test('Selections deeper than 10 are refused, in fragments too; the deepest that the schema invites to is not.', async () => {
  await using moca = await createTestApp();
  const deepest = '{ instagramAccounts { edges { node { connection { steps { problem { code } } } } } } }';
  expect((await postOperation(moca, { query: deepest }, asAdmin)).status).toBe(200);
  const nested = (depth: number): string =>
    `{ __schema { types { ${'fields { type { '.repeat(depth)} name ${'} } '.repeat(depth)} } } }`;
  expect(await stopped(moca, nested(5))).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
  expect(await stopped(moca, nested(150))).toMatchObject({ status: 400 });
  const fragments = Array.from(
    { length: 12 },
    (_, index) => `fragment F${index} on __Type { ofType { ...F${index + 1} } }`,
  );
  const inFragments = `{ __type(name: "Query") { ...F0 } } ${fragments.join(' ')} fragment F12 on __Type { name }`;
  expect(await stopped(moca, inFragments)).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
});

test('Fragments that go in circles are refused, however they are written.', async () => {
  await using moca = await createTestApp();
  const circles = [
    '{ ...A } fragment A on Query { ...A }',
    '{ ...A } fragment A on Query { authUrl ...B } fragment B on Query { ...A }',
    '{ __schema { types { ...T } } } fragment T on __Type { ofType { ...T } }',
    '{ authUrl } fragment A on Query { ...B } fragment B on Query { ...A }',
  ];
  for (const query of circles) {
    expect(await stopped(moca, query)).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
  }
});

test('Floods of directives, operations, literals and fragments are refused or answered, never a failure.', async () => {
  await using moca = await createTestApp();
  const floods = [
    `{ authUrl ${'@include(if: true) '.repeat(100)} }`,
    `{ authUrl ${'@skip(if: false) '.repeat(400)} }`,
    `{ authUrl ${'@unknown '.repeat(450)} }`,
    Array.from({ length: 200 }, (_, index) => `query Q${index} { authUrl }`).join(' '),
    `{ instagramAccounts(filter: { state: ${'['.repeat(400)}${']'.repeat(400)} }) { totalCount } }`,
    `{ instagramAccounts(filter: ${'{ a: '.repeat(200)} 1 ${'}'.repeat(200)}) { totalCount } }`,
    `{ ${'...F '.repeat(300)} } fragment F on Query { authUrl }`,
    `{ ${'... on Query { '.repeat(200)} authUrl ${'} '.repeat(200)} }`,
    `query (${Array.from({ length: 150 }, (_, index) => `$v${index}: Int`).join(' ')}) { authUrl }`,
  ];
  for (const query of floods) {
    const { status } = await postOperation(moca, { query }, asAdmin);
    expect([200, 400]).toContain(status);
  }
});

test('A batch of operations is refused, whatever is in it.', async () => {
  await using moca = await createTestApp();
  const operation = { query: '{ authUrl }' };
  for (const batch of [[operation], [operation, operation], [], [null], [[operation]]]) {
    const answer = await post(moca, JSON.stringify(batch), asAdmin);
    expect(answer.status).toBe(400);
    expect(answer.code).toEqual(expect.any(String));
    expect(answer.text).not.toContain('"data"');
  }
});

test('A body of more than 160 kB is refused before it is read, and one of 160 kB is read.', async () => {
  await using moca = await createTestApp();
  const ofBytes = (size: number): string => {
    const body = JSON.stringify({ query: '{ authUrl }', extensions: { pad: '' } });
    return body.replace('"pad":""', `"pad":"${'x'.repeat(size - body.length)}"`);
  };
  expect((await post(moca, ofBytes(160 * 1024))).status).toBe(200);
  for (const size of [160 * 1024 + 1, 200_000, 5_000_000]) {
    expect(await post(moca, ofBytes(size))).toMatchObject({ status: 413, code: 'BAD_USER_INPUT' });
  }
});

test('A body without a length is refused as soon as it is too large.', async () => {
  await using moca = await createTestApp();
  const chunk = new TextEncoder().encode(' '.repeat(8 * 1024));
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
  const response = await fetch(`${moca.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: endless,
    duplex: 'half',
  } as RequestInit);
  expect(response.status).toBe(413);
  expect(await response.text()).toContain('"code":"BAD_USER_INPUT"');
});

test('JSON that is nested 20,000 deep is refused, or read without harm.', async () => {
  await using moca = await createTestApp();
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const bodies = [deep, `{"query":"{ authUrl }","variables":{"x":${deep}}}`, `{"query":${deep}}`];
  for (const body of bodies) {
    const { status } = await post(moca, body);
    expect([200, 400]).toContain(status);
  }
});
