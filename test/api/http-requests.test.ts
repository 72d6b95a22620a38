import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { DeleteInstagramAccountDocument, InstagramAccountDocument } from '../../src/generated/graphql.js';
import { anAccount, seedAccounts } from '../support/accounts.js';
import { post, postOperation, send } from '../support/http.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';

const good = JSON.stringify({ query: '{ authUrl }' });
const asAdmin = { authorization: `Bearer ${testSecrets.adminKey}` };

/** Sends bytes as they are, and gives all that comes back. */
function sendBytes({ url }: TestApp, bytes: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
  let received = '';
  socket.setTimeout(10_000, () => socket.destroy(new Error('There was no answer.')));
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
  });
  socket.on('error', reject);
  socket.on('close', () => resolve(received));
  return promise;
}

test('JSON is taken under its content type, with parameters and in any case of letters.', async () => {
  await using moca = await createTestApp();
  const types = [
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'Application/JSON',
    'application/json; charset="utf-8"',
  ];
  for (const type of types) {
    const answer = await post(moca, good, { 'content-type': type });
    expect({ type, status: answer.status }).toEqual({ type, status: 200 });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  }
});

test('Any other content type, or none, is refused with 415 or 400 and a code.', async () => {
  await using moca = await createTestApp();
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/graphql-response+json',
    'application/jsonx',
    'application/xml',
    'text/json',
    'message/http',
    'json',
    ';',
    '*/*',
  ];
  for (const type of types) {
    const answer = await post(moca, good, { 'content-type': type, ...asAdmin });
    expect([400, 415]).toContain(answer.status);
    expect({ type, code: answer.code }).toEqual({ type, code: expect.any(String) });
  }
  const bytes = await send(moca, '/graphql', { method: 'POST', body: new Blob([good]), headers: asAdmin });
  expect([400, 415]).toContain(bytes.status);
  expect(bytes.code).toEqual(expect.any(String));
  expect(moca.sandbox.ledger.calls()).toEqual([]);
});

test('Broken, empty and foreign bodies are refused with 400 and a code.', async () => {
  await using moca = await createTestApp();
  const bodies = [
    '',
    ' ',
    '{',
    '{"query"',
    '{"query":"{ authUrl }"',
    `${good}${good}`,
    'query=%7BauthUrl%7D',
    '{ authUrl }',
    "{'query':'{ authUrl }'}",
    'null',
    'true',
    '1',
    '"{ authUrl }"',
    '[]',
    '{}',
    '{"query":null}',
    '{"query":""}',
    '{"query":" "}',
    '{"query":"# nothing"}',
    '\uFEFF\uFEFF{}',
    '\0',
  ];
  for (const body of bodies) {
    const answer = await post(moca, body, asAdmin);
    expect({ body, status: answer.status }).toEqual({ body, status: 400 });
    expect({ body, code: answer.code }).toEqual({ body, code: expect.any(String) });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  }
});

test('A compressed body is not unpacked.', async () => {
  await using moca = await createTestApp();
  const answer = await post(moca, good, { 'content-encoding': 'gzip' });
  expect(answer.status).toBeLessThan(500);
  const packed = await new Response(
    new Blob([good]).stream().pipeThrough(new CompressionStream('gzip')),
  ).arrayBuffer();
  expect(await post(moca, packed, { 'content-encoding': 'gzip' })).toMatchObject({
    status: 400,
    code: 'BAD_USER_INPUT',
  });
});

test('Every method but POST is answered 405 with Allow, so that no operation ever stands in a URL.', async () => {
  await using moca = await createTestApp();
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
    const answer = await send(moca, '/graphql?query=%7BauthUrl%7D', { method, headers: asAdmin });
    expect(answer).toMatchObject({ status: 405, code: 'BAD_USER_INPUT' });
    expect(answer.headers.get('allow')).toBe('POST');
  }
  const head = await send(moca, '/graphql?query=%7BauthUrl%7D', { method: 'HEAD' });
  expect(head.status).toBe(405);
  expect(head.headers.get('allow')).toBe('POST');
});

test('A POST whose operation stands in the URL is refused too.', async () => {
  await using moca = await createTestApp();
  const answer = await send(moca, '/graphql?query=%7BauthUrl%7D', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(answer.status).toBe(400);
});

test('Unknown routes are answered 404 in the shape of all errors, without repeating the path.', async () => {
  await using moca = await createTestApp();
  const paths = [
    '/canary',
    '/graphql/canary',
    '/graphiql',
    '/.env',
    '/console/../../.env',
    '/console/%2e%2e/%2e%2e/package.json',
    '/generated/..%2f..%2fpackage.json',
    '/canary?code=canary',
    '/%E0%A4%A',
    '/canary%zz',
    '//canary',
  ];
  for (const path of paths) {
    const [head = '', body = ''] = (
      await sendBytes(moca, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    ).split('\r\n\r\n');
    expect({ path, status: head.split(' ')[1] }).toEqual({
      path,
      status: expect.stringMatching(/^40[034]$/),
    });
    expect(body).toContain('"extensions":{"code":');
    expect(body).not.toContain('canary');
  }
});

test('What is not even HTTP is answered 4xx in the shape of all errors, and the connection is closed.', async () => {
  await using moca = await createTestApp();
  const requests = [
    'canary\r\n\r\n',
    'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
    'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: canary\r\n\r\n',
    'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'canary'.repeat(20_000)}\r\n\r\n`,
  ];
  for (const request of requests) {
    const answer = await sendBytes(moca, request);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).toContain('"extensions":{"code":"BAD_USER_INPUT"}');
    expect(answer).not.toContain('canary');
  }
  expect((await post(moca, good)).status).toBe(200);
});

test('A request that a page of any origin could send without asking is refused.', async () => {
  await using moca = await createTestApp();
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const { status, text } = await post(moca, good, {
      'content-type': type,
      origin: 'https://evil.example',
    });
    expect([400, 415]).toContain(status);
    expect(text).toMatch(/Cross-Site Request Forgery|content type must be/);
    expect(text).not.toContain('"data"');
  }
});

test('A subscription is a mistake of the request, and none of ours.', async () => {
  await using moca = await createTestApp();
  const answer = await postOperation(moca, { query: 'subscription { anything }' });
  expect([answer.status, answer.code]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
  expect(moca.log.join('')).not.toContain('"level":50');
});

test.each(['on', 'off'])(
  'An id that comes as a number is the one that was sent, also where JavaScript would round it (GRAPHQL_FAST_PATH=%s).',
  async (fastPath) => {
    await using moca = await createTestApp({ env: { GRAPHQL_FAST_PATH: fastPath } });
    const accounts = ['17841400000000008', '17841400000000009'].map((accountId) => ({
      ...anAccount(),
      accountId,
    }));
    await seedAccounts(moca, accounts);
    const ask = async (query: string): Promise<string> => {
      const body = JSON.stringify({ query, variables: { accountId: 'ID' } });
      return (await post(moca, body.replace('"ID"', '17841400000000009'), asAdmin)).text;
    };
    expect(await ask(InstagramAccountDocument.toString())).toContain('"accountId":"17841400000000009"');
    expect(await ask(DeleteInstagramAccountDocument.toString())).toContain('"17841400000000009"');
    expect(await ask(InstagramAccountDocument.toString())).toContain('"instagramAccount":null');
  },
);
