import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anAccount, seedAccounts } from '../support/accounts.js';
import { send, type Answer } from '../support/http.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';
import { hubSignature, postWebhook } from '../support/webhooks.js';

const folder = join(import.meta.dirname, '..', '..', 'schema', 'operations');
const operations = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));

/** What no answer may hold, in whatever way it came about. */
const INSIDES =
  /node_modules|file:\/\/|\/src\/|\/dist\/|\.[jt]s:\d|\n? {4}at |stacktrace|SQLITE|select .* from/i;

function expectHarmless(request: unknown, { status, text }: Answer): void {
  expect({ request, status, ok: status < 500 }).toEqual({ request, status, ok: true });
  expect(text).not.toMatch(INSIDES);
  expect(text).not.toContain('INTERNAL_SERVER_ERROR');
}

const keys = fc.constantFrom(undefined, testSecrets.adminKey, testSecrets.serviceKey);
const authorization: fc.Arbitrary<Record<string, string>> = fc.oneof(
  keys.map((key): Record<string, string> => (key === undefined ? {} : { authorization: `Bearer ${key}` })),
  fc.stringMatching(/^[ -~]{0,40}$/).map((text) => ({ authorization: text })),
);

/** Values that programs stumble over, and any others. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    '\0',
    '\uD800',
    '🍫'.repeat(50),
    '%',
    "'; drop table instagram_account; --",
    '__proto__',
    'constructor',
    0,
    -1,
    1.5,
    2 ** 31,
    2 ** 53,
    1e300,
    true,
    [],
    {},
    [[[]]],
    'NEWEST_FIRST',
    '2026-13-45T99:99:99Z',
    '+275760-09-13T00:00:00.000Z',
  ),
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
);

const variableNames = [
  'accountId',
  'code',
  'state',
  'verifier',
  'professionalAccountId',
  'challenge',
  'first',
  'last',
  'after',
  'before',
  'filter',
  'orderBy',
  'settings',
  'expectedVersion',
  'days',
  'outcome',
  'forceReauth',
];
const filter = fc.dictionary(
  fc.constantFrom('state', 'kind', 'accountNameContains', 'expiresBefore', 'needsReauthorization', 'x'),
  value,
);
const settings = fc.dictionary(fc.constantFrom('systemPrompt', 'toneOfVoice', 'keyInformation', 'x'), value);
const cursor = fc
  .array(fc.oneof(fc.constantFrom('NEWEST_FIRST', 'NAME_ASC', 'EXPIRY_ASC', 'history', 'attempts'), value))
  .map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url'));
const variables = fc.oneof(
  fc.dictionary(fc.constantFrom(...variableNames), fc.oneof(value, filter, settings, cursor)),
  value,
);

/** An operation of ours, whole or damaged. */
const query = fc.oneof(
  fc.constantFrom(...operations),
  fc
    .tuple(
      fc.constantFrom(...operations),
      fc.nat(),
      fc.nat({ max: 5 }),
      fc.string({ unit: 'binary', maxLength: 5 }),
    )
    .map(([text, at, length, put]) => {
      const start = at % text.length;
      return text.slice(0, start) + put + text.slice(start + length);
    }),
  fc.string({
    unit: fc.constantFrom(...'{}()[]:$!@"\\#,.| abQqueryfragmenton\n\0é'.split('')),
    maxLength: 80,
  }),
);

test('Operations with hostile variables, or damaged ones, are answered or refused, and never fail.', async () => {
  await using moca = await createTestApp({
    env: { RATE_LIMIT_COMPLETE: '1000000/s', RATE_LIMIT_AUTH_URL: '1000000/s' },
  });
  await seedAccounts(moca, [
    anAccount({ accountId: 'a' }),
    anAccount({ accountId: 'b', tokenEnd: 'REVOKED' }),
  ]);
  // What the person brings is made up, and Meta refuses it: that is no failure either.
  await fc.assert(
    fc.asyncProperty(query, variables, authorization, async (text, given, headers) => {
      const request = { query: text, variables: given };
      expectHarmless(request, await postJson(moca, JSON.stringify(request), headers));
    }),
    { numRuns: 500 },
  );
  expect(moca.log.filter((line) => line.includes('was masked'))).toEqual([]);
});

const bodies = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.json(),
  fc
    .record({
      query: fc.jsonValue(),
      variables: fc.jsonValue(),
      operationName: fc.jsonValue(),
      extensions: fc.jsonValue(),
    })
    .map((body) => JSON.stringify(body)),
  fc
    .record({ query: fc.constant('{ authUrl }'), operationName: value, extensions: value })
    .map((body) => JSON.stringify(body)),
);
const headers = fc.dictionary(
  fc.constantFrom(
    'content-type',
    'accept',
    'origin',
    'x-forwarded-for',
    'apollo-require-preflight',
    'content-encoding',
    'cookie',
    'x-http-method-override',
    'accept-language',
    'range',
    'if-none-match',
  ),
  fc.oneof(
    fc.constantFrom(
      'application/json',
      'text/plain',
      '*/*',
      'null',
      'multipart/mixed',
      'application/graphql-response+json',
      'application/json; charset=utf-16',
      'bytes=0-1',
      '999.999.999.999',
    ),
    fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/),
  ),
);
const paths = fc.oneof(
  fc.constantFrom(
    '/graphql',
    '/graphql/',
    '/graphql?query={authUrl}',
    '/livez',
    '/readyz',
    '/',
    '/instagram-callback',
    '/console/callback.js',
    '/console/',
    '/generated/',
    '/webhooks/instagram',
    '/webhooks/instagram?hub.mode=subscribe&hub.verify_token=x&hub.challenge=y',
    '/meta/deauthorize',
    '/meta/data-deletion',
    '/data-deletion/x',
    '/nowhere',
  ),
  fc.webPath(),
  fc.stringMatching(/^\/[!-~]{0,30}$/),
);

test('Requests of any method, path, headers and body are answered or refused, and never fail.', async () => {
  await using moca = await createTestApp({
    env: { RATE_LIMIT_AUTH_URL: '1000000/s', CORS_ORIGINS: 'https://a.example' },
  });
  const methods = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND');
  await fc.assert(
    fc.asyncProperty(
      methods,
      paths,
      headers,
      authorization,
      bodies,
      async (method, path, given, auth, body) => {
        const withBody = method === 'GET' || method === 'HEAD' ? {} : { body };
        const init = { method, headers: { ...given, ...auth }, ...withBody };
        const answer = await send(moca, `${moca.url}${path}`, init);
        expectHarmless({ path, ...init }, answer);
      },
    ),
    { numRuns: 500 },
  );
  expect(moca.sandbox.ledger.calls()).toEqual([]);
});

/** What nobody would send, at places where something is read. */
const entries = fc.array(
  fc.record(
    {
      id: fc.oneof(fc.string({ unit: 'binary' }), fc.nat(), value),
      time: value,
      changes: fc.oneof(fc.array(fc.record({ field: value, value }, { requiredKeys: [] })), value),
      messaging: fc.oneof(fc.array(fc.record({ timestamp: value, message: value, read: value })), value),
      field: value,
      value,
    },
    { requiredKeys: [] },
  ),
  { maxLength: 5 },
);
const notifications = fc.oneof(
  fc.record({ object: value, entry: fc.oneof(entries, value) }).map((body) => JSON.stringify(body)),
  fc.json(),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

test('Whatever is signed as Meta signs is taken, and never fails; what is not is refused.', async () => {
  await using moca = await createTestApp();
  await fc.assert(
    fc.asyncProperty(notifications, fc.boolean(), async (body, isSigned) => {
      const secret = isSigned ? (moca.env['INSTAGRAM_CLIENT_SECRET'] ?? '') : 'another';
      const answer = await postWebhook(moca, body, { 'x-hub-signature-256': hubSignature(body, secret) });
      expectHarmless({ body, isSigned }, answer);
      expect({ body, status: answer.status }).toEqual({ body, status: isSigned ? 200 : 403 });
    }),
    { numRuns: 500 },
  );
  const ids = fc.record({ user_id: value, profile_id: value, issued_at: value }, { requiredKeys: [] });
  await fc.assert(
    fc.asyncProperty(
      ids,
      fc.constantFrom('/meta/deauthorize', '/meta/data-deletion'),
      async (payload, path) => {
        const request = moca.sandbox.push.signRequest(payload, 'documented');
        const body = new URLSearchParams({ signed_request: request });
        const answer = await send(moca, path, { method: 'POST', body });
        expectHarmless({ path, payload }, answer);
        expect([200, 403]).toContain(answer.status);
      },
    ),
    { numRuns: 300 },
  );
  expect(moca.log.filter((line) => line.includes('was masked'))).toEqual([]);
});

function postJson(moca: TestApp, body: string, more: Record<string, string>): Promise<Answer> {
  return send(moca, '/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...more },
    body,
  });
}
