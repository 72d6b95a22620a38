import { expect, test } from 'vitest';
import * as documents from '../../src/generated/graphql.js';
import {
  AuthUrlDocument,
  InstagramAccountDocument,
  InstagramAccountsDocument,
  UpdateInstagramAccountSettingsDocument,
} from '../../src/generated/graphql.js';
import { eventually } from '../support/eventually.js';
import { createGate } from '../support/gate.js';
import { post, postOperation, send, type Answer } from '../support/http.js';
import { scrape } from '../support/scrape.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';
import { createWays, type Ways } from '../support/ways.js';

const asAdmin = { authorization: `Bearer ${testSecrets.adminKey}` };
const asService = { authorization: `Bearer ${testSecrets.serviceKey}` };
const PAGE = 'https://moca.pages.dev';

/** All but what belongs to one answer: its time, its connection, the sealed state and the id of an error. */
function comparable({ status, headers, text }: Answer): object {
  const kept = [...headers].filter(
    ([name]) => !['date', 'connection', 'keep-alive', 'content-length'].includes(name),
  );
  return {
    status,
    headers: Object.fromEntries(kept),
    text: text
      .replaceAll(/state=[\w.~%-]+/g, 'state=…')
      .replaceAll(/"id":"[0-9a-f-]{36}"/g, '"id":"…"')
      .replaceAll(/client_id=\d+/g, 'client_id=…')
      .replaceAll(/127\.0\.0\.1:\d+/g, 'sandbox'),
  };
}

/** Sends the same to all, several times: the first goes the long way everywhere. */
async function expectSame({ all }: Ways, sendTo: (moca: TestApp) => Promise<Answer>): Promise<Answer> {
  let last: Answer | undefined;
  for (let time = 0; time < 4; time += 1) {
    const [plain, ...others] = await Promise.all(all.map(({ moca }) => sendTo(moca)));
    if (plain === undefined) throw new TypeError('There is nobody to compare with.');
    for (const other of others) expect(comparable(other)).toEqual(comparable(plain));
    last = plain;
    // The library that compiles is loaded beside the first answer.
    if (time === 0) await import('graphql-jit');
  }
  if (last === undefined) throw new TypeError('Nothing was sent.');
  return last;
}

/** How many answers took the fast path, by operation. */
async function fastAnswers(moca: TestApp): Promise<Record<string, number>> {
  return (await scrape(moca)).series('moca_connect_graphql_fast_path_total');
}

const account = { accountId: '17841400000000001' };

const operations: ReadonlyArray<
  readonly [title: string, body: object, headers?: Record<string, string>, isFast?: boolean]
> = [
  ['an authorization URL', { query: AuthUrlDocument.toString() }, {}, true],
  ['the list', { query: InstagramAccountsDocument.toString(), variables: { first: 2 } }, asAdmin, true],
  ['the list, for a service', { query: InstagramAccountsDocument.toString() }, asService, true],
  [
    'an order and a filter',
    {
      query: InstagramAccountsDocument.toString(),
      variables: { orderBy: 'NAME_ASC', filter: { kind: ['PAGE'], state: ['ACTIVE'] } },
    },
    asAdmin,
    true,
  ],
  ['an account', { query: InstagramAccountDocument.toString(), variables: account }, asAdmin, true],
  [
    'an account by a number',
    { query: InstagramAccountDocument.toString(), variables: { accountId: 17 } },
    asAdmin,
    true,
  ],
  [
    'an account that is not there',
    { query: InstagramAccountDocument.toString(), variables: { accountId: '1' } },
    asAdmin,
    true,
  ],
  [
    'by its name',
    { query: InstagramAccountDocument.toString(), variables: account, operationName: 'InstagramAccount' },
    asAdmin,
    true,
  ],
  [
    'without variables that are null',
    { query: AuthUrlDocument.toString(), variables: null, operationName: null },
    {},
    true,
  ],
  ['with variables nobody knows', { query: AuthUrlDocument.toString(), variables: { more: 1 } }, {}, true],
  ['as a file has it', { query: documents.RenewalStatusDocument.toString().trim() }, asAdmin, true],
  ['from a page', { query: AuthUrlDocument.toString() }, { origin: PAGE }, true],
  ['from a page of somebody else', { query: AuthUrlDocument.toString() }, { origin: 'https://example.com' }],
  [
    'as GraphQL clients ask',
    { query: AuthUrlDocument.toString() },
    { accept: 'application/graphql-response+json, application/json' },
    true,
  ],
  ['for something else than JSON', { query: AuthUrlDocument.toString() }, { accept: 'text/html' }],
  [
    'another character set',
    { query: AuthUrlDocument.toString() },
    { 'content-type': 'application/json; charset=utf-8' },
    true,
  ],
  [
    'settings',
    {
      query: UpdateInstagramAccountSettingsDocument.toString(),
      variables: { ...account, settings: { toneOfVoice: 'kühl 🧊' } },
    },
    asAdmin,
    true,
  ],
  [
    'settings that are cleared',
    {
      query: UpdateInstagramAccountSettingsDocument.toString(),
      variables: { ...account, settings: { toneOfVoice: null } },
    },
    asAdmin,
    true,
  ],
  [
    'settings of another version',
    {
      query: UpdateInstagramAccountSettingsDocument.toString(),
      variables: { ...account, settings: {}, expectedVersion: 99 },
    },
    asAdmin,
  ],
  [
    'settings that are too long',
    {
      query: UpdateInstagramAccountSettingsDocument.toString(),
      variables: { ...account, settings: { toneOfVoice: 'x'.repeat(17_000) } },
    },
    asAdmin,
  ],
  [
    'settings with half a character',
    {
      query: UpdateInstagramAccountSettingsDocument.toString(),
      variables: { ...account, settings: { toneOfVoice: '\ud800' } },
    },
    asAdmin,
  ],
  [
    'settings by nobody',
    { query: UpdateInstagramAccountSettingsDocument.toString(), variables: { ...account, settings: {} } },
  ],
  [
    'settings by a service',
    { query: UpdateInstagramAccountSettingsDocument.toString(), variables: { ...account, settings: {} } },
    asService,
  ],
  [
    'settings that are missing',
    { query: UpdateInstagramAccountSettingsDocument.toString(), variables: account },
    asAdmin,
  ],
  [
    'settings with a field too many',
    {
      query: UpdateInstagramAccountSettingsDocument.toString(),
      variables: { ...account, settings: { tone: 'x' } },
    },
    asAdmin,
  ],
  ['the list without a key', { query: InstagramAccountsDocument.toString() }],
  [
    'the list with a key that is none',
    { query: InstagramAccountsDocument.toString() },
    { authorization: 'Bearer nobody-has-this-key-here' },
  ],
  [
    'an authorization URL with a key that is none',
    { query: AuthUrlDocument.toString() },
    { authorization: 'Bearer nobody-has-this-key-here' },
  ],
  [
    'the list with a cursor that is none',
    { query: InstagramAccountsDocument.toString(), variables: { after: 'x' } },
    asAdmin,
  ],
  [
    'the list in an order that is none',
    { query: InstagramAccountsDocument.toString(), variables: { orderBy: 'BY_LUCK' } },
    asAdmin,
  ],
  [
    'the list of no accounts',
    { query: InstagramAccountsDocument.toString(), variables: { first: 0 } },
    asAdmin,
  ],
  [
    'the list of a text',
    { query: InstagramAccountsDocument.toString(), variables: { first: 'two' } },
    asAdmin,
  ],
  [
    'a completion with a code that is none',
    { query: documents.CompleteInstagramAuthDocument.toString(), variables: { code: '' } },
  ],
  [
    'a token, for an admin',
    { query: documents.InstagramAccessTokenDocument.toString(), variables: account },
    asAdmin,
  ],
  ['another name', { query: AuthUrlDocument.toString(), operationName: 'Another' }],
  ['variables that are a list', { query: AuthUrlDocument.toString(), variables: [] }],
  ['variables that are a text', { query: AuthUrlDocument.toString(), variables: '{}' }],
  ['a query that is none', { query: 7 }],
  [
    'extensions',
    { query: AuthUrlDocument.toString(), extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } },
  ],
  ['a key that GraphQL does not have', { query: AuthUrlDocument.toString(), more: 1 }],
  ['other whitespace', { query: `${AuthUrlDocument.toString()} ` }],
  [
    'another operation',
    { query: '{ instagramAccounts(first: 2) { totalCount edges { node { accountName } } } }' },
    asAdmin,
  ],
  ['an operation that is not valid', { query: '{ nothing }' }, asAdmin],
  ['half an operation', { query: '{ authUrl' }],
  ['the schema, without a key', { query: '{ __schema { queryType { name } } }' }],
  ['a batch', [{ query: AuthUrlDocument.toString() }]],
];

test('Whatever is asked, the status, the headers and the body are those of graphql-js behind Apollo Server.', async () => {
  await using ways = await createWays({ RATE_LIMIT_AUTH_URL: '1000/min' });
  for (const [title, body, headers = {}, isFast = false] of operations) {
    const before = Object.values(await fastAnswers(ways.fast)).reduce((sum, one) => sum + one, 0);
    await expectSame(ways, (moca) => postOperation(moca, body, headers));
    const after = Object.values(await fastAnswers(ways.fast)).reduce((sum, one) => sum + one, 0);
    expect({ title, tookFastPath: after > before }).toEqual({ title, tookFastPath: isFast });
  }
}, 60_000);

test('Whatever is sent, what is no plain request is answered as before.', async () => {
  await using ways = await createWays();
  const body = JSON.stringify({ query: AuthUrlDocument.toString() });
  const bodies: ReadonlyArray<readonly [string | Uint8Array<ArrayBuffer>, Record<string, string>?]> = [
    [body],
    [body, { 'content-type': 'text/plain' }],
    [body, { 'content-type': 'application/json; charset=latin1' }],
    [body, { 'apollo-require-preflight': 'yes' }],
    [`\ufeff${body}`],
    [body.slice(0, -1)],
    ['null'],
    ['[]'],
    ['"text"'],
    [`{"__proto__":{"a":1},${body.slice(1)}`],
    [`{"query":${JSON.stringify(AuthUrlDocument.toString())},"variables":{"__proto__":{}}}`],
    [`{"query":${JSON.stringify(AuthUrlDocument.toString())},"variables":{"constructor":{"prototype":{}}}}`],
    [new Uint8Array([123, 34, 255, 34, 125])],
    [`${body}${' '.repeat(70_000)}`],
  ];
  for (const [one, headers] of bodies) await expectSame(ways, (moca) => post(moca, one, headers));
  for (const path of ['/graphql/', '/graphql?a=1', '/GraphQL']) {
    await expectSame(ways, (moca) =>
      send(moca, path, { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
    );
  }
  await expectSame(ways, (moca) =>
    send(moca, '/graphql', {
      method: 'OPTIONS',
      headers: { origin: PAGE, 'access-control-request-method': 'POST' },
    }),
  );
  expect(Object.values(await fastAnswers(ways.fast)).reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0);
});

test('Every operation that we ship is known by the text that its document has.', async () => {
  await using moca = await createTestApp();
  const all = Object.entries(documents).flatMap(([name, document]) =>
    name.endsWith('Document') ? [String(document)] : [],
  );
  expect(all.length).toBeGreaterThan(10);
  await import('graphql-jit');
  for (const query of all)
    for (let time = 0; time < 3; time += 1) await postOperation(moca, { query, variables: account }, asAdmin);
  const { samples } = await scrape(moca);
  const known = samples
    .filter(({ name }) => name === 'moca_connect_graphql_operations_total')
    .map(({ labels }) => labels['operation']);
  expect(new Set(known).size).toBe(all.length);
  expect(known).not.toContain('other');
});

test('The limit of an address holds on the fast path, wherever a proxy says that the address is.', async () => {
  for (const TRUST_PROXY of ['false', 'true', '1', 'loopback, 10.0.0.1']) {
    await using ways = await createWays({ RATE_LIMIT_AUTH_URL: '5/min', TRUST_PROXY });
    const addresses = ['1.1.1.1', '2.2.2.2', '1.1.1.1, 10.0.0.1', '1.1.1.1, 3.3.3.3', 'nonsense'];
    for (const address of addresses) {
      for (let time = 0; time < 7; time += 1) {
        const answers = await Promise.all(
          ways.all.map(({ moca }) =>
            postOperation(moca, { query: AuthUrlDocument.toString() }, { 'x-forwarded-for': address }),
          ),
        );
        expect(new Set(answers.map((answer) => JSON.stringify(comparable(answer)))).size).toBe(1);
      }
    }
    expect(Object.values(await fastAnswers(ways.fast))[0]).toBeGreaterThan(0);
  }
});

test('A mutation that comes to an error is executed once.', async () => {
  await using moca = await createTestApp();
  const callback = await moca.consent('page-token');
  const document = documents.CompleteInstagramAuthDocument.toString();
  for (let time = 0; time < 3; time += 1) await postOperation(moca, { query: document, variables: callback });
  const limited = await createTestApp({ env: { RATE_LIMIT_COMPLETE: '3/min' } });
  try {
    const codes: Array<string | null> = [];
    for (let time = 0; time < 6; time += 1) {
      codes.push((await postOperation(limited, { query: document, variables: { code: `c${time}` } })).code);
    }
    // Counted twice, the limit would have been reached by the second.
    expect(codes.map((code) => code === 'RATE_LIMITED')).toEqual([false, false, false, true, true, true]);
  } finally {
    await limited[Symbol.asyncDispose]();
  }
});

test('GRAPHQL_FAST_PATH=off sends everything the long way.', async () => {
  await using moca = await createTestApp({ env: { GRAPHQL_FAST_PATH: 'off' } });
  for (let time = 0; time < 4; time += 1) await postOperation(moca, { query: AuthUrlDocument.toString() });
  expect(await fastAnswers(moca)).toEqual({});
});

test('Answers of the fast path are logged and counted like all others, and their text is nowhere in the log.', async () => {
  await using moca = await createTestApp();
  await import('graphql-jit');
  for (let time = 0; time < 5; time += 1) await postOperation(moca, { query: AuthUrlDocument.toString() });
  const metrics = await scrape(moca);
  const fast = Object.values(metrics.series('moca_connect_graphql_fast_path_total'))[0] ?? 0;
  expect(fast).toBeGreaterThan(1);
  expect(metrics.series('moca_connect_graphql_operations_total')).toEqual({ 'AuthUrl/authUrl/none': 5 });
  expect(
    metrics.value('moca_connect_http_request_duration_seconds_count', {
      route: '/graphql',
      method: 'POST',
      status: '2xx',
    }),
  ).toBe(5);
  expect(moca.log.filter((line) => line.includes('"path":"/graphql"'))).toHaveLength(5);
});

test('Whoever hangs up before the answer leaves a line in the log, and is counted.', async () => {
  const gate = createGate('meta.code_exchange');
  await using moca = await createTestApp({ overrides: { points: gate.points } });
  // The headers of answers are known by then.
  await postOperation(moca, { query: AuthUrlDocument.toString() });
  const callback = await moca.consent('page-token');
  const before = moca.log.length;
  const leaving = new AbortController();
  const answer = send(moca, '/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: documents.CompleteInstagramAuthDocument.toString(), variables: callback }),
    signal: leaving.signal,
  });
  await gate.reached;
  leaving.abort();
  await expect(answer).rejects.toThrow('aborted');
  await eventually(() =>
    expect(moca.log.slice(before).filter((line) => line.includes('"msg":"request"'))).toHaveLength(1),
  );
  gate.open();
});
