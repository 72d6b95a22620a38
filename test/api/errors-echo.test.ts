import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { post, postOperation, type Answer } from '../support/http.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';

const asAdmin = { authorization: `Bearer ${testSecrets.adminKey}` };

/** Looks like a secret in every place where a value can stand: a name, a string, a number in it. */
const canary = `AQ${randomBytes(12).toString('hex')}`;
const canaryNumber = '73190485563';

/** Asks, and gives the refusal; whatever was refused must not stand in it. */
async function refusal(moca: TestApp, operation: { query: string; variables?: unknown }): Promise<Answer> {
  const answer = await postOperation(moca, operation, asAdmin);
  expect(answer.text).not.toContain(canary);
  expect(answer.text).not.toContain(canaryNumber);
  expect(answer.text).not.toMatch(/node_modules|\.ts:|\.js:|at async|stack/);
  return answer;
}

const complete =
  'mutation ($code: String!, $v: String) { completeInstagramAuth(code: $code, verifier: $v) { accountId } }';
const list = (argument: string): string => `{ instagramAccounts(${argument}) { totalCount } }`;
const listBy = (type: string, argument: string): string =>
  `query ($x: ${type}) { instagramAccounts(${argument}: $x) { totalCount } }`;

test('A variable of the wrong type is refused without being repeated.', async () => {
  await using moca = await createTestApp();
  const wrongCodes = [
    { secret: canary },
    [canary, canary],
    Number(canaryNumber),
    { [canary]: 1 },
    [[canary]],
  ];
  for (const code of wrongCodes) {
    expect(await refusal(moca, { query: complete, variables: { code } })).toMatchObject({
      status: 400,
      code: 'BAD_USER_INPUT',
    });
    const verifier = await refusal(moca, { query: complete, variables: { code: 'x', v: code } });
    expect(verifier.code).toBe('BAD_USER_INPUT');
  }
  const wrong = [
    [listBy('Int', 'first'), canary],
    [listBy('InstagramAccountOrder!', 'orderBy'), canary],
    [listBy('InstagramAccountFilter', 'filter'), { state: [canary] }],
    [listBy('InstagramAccountFilter', 'filter'), { expiresBefore: canary }],
    [listBy('InstagramAccountFilter', 'filter'), { expiresBefore: { at: canary } }],
    [listBy('InstagramAccountFilter', 'filter'), { needsReauthorization: canary }],
    [listBy('InstagramAccountFilter', 'filter'), canary],
    [listBy('InstagramAccountFilter', 'filter'), { accountNameContains: Number(canaryNumber) }],
    ['query ($x: ID!) { instagramAccount(accountId: $x) { accountId } }', { id: canary }],
  ] as const;
  for (const [query, x] of wrong) {
    expect(await refusal(moca, { query, variables: { x } })).toMatchObject({
      status: 400,
      code: 'BAD_USER_INPUT',
    });
  }
  expect(moca.sandbox.ledger.calls()).toEqual([]);
});

test('A literal of the wrong type is refused without being repeated.', async () => {
  await using moca = await createTestApp();
  const literals = [
    `first: "${canary}"`,
    `first: ${canary}`,
    `first: { a: "${canary}" }`,
    `first: ${canaryNumber}`,
    `first: 1.${canaryNumber}`,
    `after: ${canary}`,
    `after: ${canaryNumber}`,
    `after: ["${canary}"]`,
    `orderBy: ${canary}`,
    `orderBy: "${canary}"`,
    `orderBy: ${canaryNumber}`,
    `filter: "${canary}"`,
    `filter: { state: ${canary} }`,
    `filter: { state: ["${canary}"] }`,
    `filter: { expiresBefore: "${canary}" }`,
    `filter: { expiresBefore: """${canary}""" }`,
    `filter: { expiresBefore: ${canaryNumber}.5 }`,
    `filter: { expiresBefore: ["${canary}"] }`,
    `filter: { needsReauthorization: "${canary}" }`,
    `filter: { accountNameContains: ${canary} }`,
    `filter: { kind: { a: "${canary}" } }`,
  ];
  for (const literal of literals) {
    const { status, code } = await refusal(moca, { query: list(literal) });
    expect({ literal, status, code }).toEqual({ literal, status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
  }
});

test('A default value of the wrong type is refused without being repeated.', async () => {
  await using moca = await createTestApp();
  const operations = [
    `query ($x: Int = "${canary}") { instagramAccounts(first: $x) { totalCount } }`,
    `query ($x: InstagramAccountOrder! = ${canary}) { instagramAccounts(orderBy: $x) { totalCount } }`,
    `query ($x: Boolean = "${canary}") { authUrl @skip(if: $x) }`,
    `{ authUrl @include(if: "${canary}") }`,
  ];
  for (const query of operations) {
    expect(await refusal(moca, { query })).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
  }
});

test('A syntax error says where and what was expected, and repeats nothing of the text.', async () => {
  await using moca = await createTestApp();
  const texts = [
    canary,
    `"${canary}"`,
    `{ authUrl(challenge: "${canary}`,
    `{ authUrl(challenge: "${canary}\n") }`,
    `{ authUrl(challenge "${canary}") }`,
    `{ authUrl(challenge: ) ${canary} ) }`,
    `{ authUrl(challenge: "\\x${canary}") }`,
    `{ authUrl(challenge: "\\u${canary}") }`,
    `{ authUrl "${canary}" }`,
    `{ authUrl """${canary} "quoted" text""" }`,
    `query ${canary} ${canary} { authUrl }`,
    `{ authUrl(first: ${canaryNumber}${canary}) }`,
    `{ authUrl(first: 0${canaryNumber}) }`,
    `mutation { completeInstagramAuth(code: "${canary}" verifier "${canary}") { accountId }`,
    `fragment on on Query { ${canary} }`,
    `{ authUrl } ? ${canary}`,
    `extend ${canary}`,
    `{ authUrl(x: $${canary} }`,
  ];
  for (const query of texts) {
    const { status, code, text } = await refusal(moca, { query });
    expect({ query, status, code }).toEqual({ query, status: 400, code: 'GRAPHQL_PARSE_FAILED' });
    expect(text).toContain('"locations"');
    expect(text).toMatch(/"message":"Syntax Error: [A-Z]/);
  }
});

test('What a developer needs is still said: the field, the argument, the type.', async () => {
  await using moca = await createTestApp();
  const messageOf = async (query: string, variables?: object): Promise<string> => {
    const { text } = await refusal(moca, { query, ...(variables === undefined ? {} : { variables }) });
    return (JSON.parse(text) as { errors: Array<{ message: string }> }).errors[0]?.message ?? '';
  };
  expect(await messageOf('{ authURL }')).toBe('Cannot query field "authURL" on type "Query".');
  expect(await messageOf('{ instagramAccount { accountId } }')).toMatch(
    /argument "accountId".*was not provided/,
  );
  expect(await messageOf(list('first: "x"'))).toBe('Int cannot represent non-integer value.');
  expect(await messageOf(list('orderBy: NEWEST'))).toBe(
    'The value does not exist in "InstagramAccountOrder" enum.',
  );
  expect(await messageOf(listBy('Int', 'first'), { x: 'y' })).toBe('Variable "$x" got an invalid value.');
  expect(await messageOf('{ authUrl ')).toBe('Syntax Error: Expected Name, found <EOF>.');
  expect(await messageOf('{ authUrl(challenge "x") }')).toBe('Syntax Error: Expected ":", found String.');
  expect(await messageOf('{ authUrl } x')).toBe('Syntax Error: Unexpected Name.');
});

test('A body that is not what GraphQL over HTTP wants is refused without being repeated.', async () => {
  await using moca = await createTestApp();
  const bodies = [
    `{"query":"${canary}`,
    `{"query":{"a":"${canary}"}}`,
    `{"query":["${canary}"]}`,
    `{"query":${canaryNumber}}`,
    `{"query":"{ authUrl }","variables":"${canary}"}`,
    `{"query":"{ authUrl }","variables":["${canary}"]}`,
    `{"query":"{ authUrl }","extensions":"${canary}"}`,
    `{"query":"{ authUrl }","operationName":"${canary}"}`,
    `{"query":"{ authUrl }","operationName":{"a":"${canary}"}}`,
    `{"${canary}":1}`,
    `"${canary}"`,
    `[{"query":"{ ${canary} }"}]`,
    `${canaryNumber}`,
    `{"query":"{ authUrl }" ${canary}}`,
  ];
  for (const body of bodies) {
    const { status, code, text } = await post(moca, body, asAdmin);
    expect({ body, status }).toEqual({ body, status: 400 });
    expect(code).toEqual(expect.any(String));
    expect(text).not.toContain(canary);
    expect(text).not.toContain(canaryNumber);
  }
  expect(moca.sandbox.ledger.calls()).toEqual([]);
});
