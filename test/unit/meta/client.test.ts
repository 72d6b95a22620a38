import { expect, test } from 'vitest';
import { z } from 'zod';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { defaultTimeouts, type MetaRequest } from '../../../src/meta/client.js';
import type { Limit } from '../../../src/meta/limits.js';
import { SECOND } from '../../../src/time.js';
import { Secret } from '../../../src/secret.js';
import { failureOf } from '../../support/meta-failure.js';
import { createScriptedMeta, createTestMeta, parametersIn } from '../../support/scripted-meta.js';

const MEGABYTE = 1024 * 1024;

const get: MetaRequest<unknown> = {
  endpoint: 'ig_me',
  host: 'instagramGraph',
  path: '/me',
  query: { fields: 'id' },
  schema: z.unknown(),
};

const exchange: MetaRequest<unknown> = {
  endpoint: 'code_exchange',
  host: 'instagramApi',
  path: '/oauth/access_token',
  form: { code: new Secret('made-up-code') },
  schema: z.unknown(),
};

const requests: ReadonlyArray<readonly [string, MetaRequest<unknown>]> = [
  ['GET', get],
  ['POST', exchange],
];

test('The time-outs are 3 s to connect, 10 s for the answer to begin, and 15 s for all of it.', () => {
  expect(defaultTimeouts).toEqual({ connectMs: 3 * SECOND, responseMs: 10 * SECOND, totalMs: 15 * SECOND });
});

test('Every host has its own base URL, whose path stays.', async () => {
  await using scripted = await createScriptedMeta();
  for (const host of ['instagramApi', 'instagramGraph', 'facebookGraph'] as const) {
    scripted.answer('{}');
    await scripted.meta.client.send({ ...get, host, path: '/v21.0/me' });
  }
  expect(scripted.calls.map(({ path }) => path)).toEqual([
    '/ig-api/v21.0/me',
    '/ig-graph/v21.0/me',
    '/deep/fb-graph/v21.0/me',
  ]);
});

test('Parameters are encoded, and a secret one is revealed only on the wire.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer('{}', '{}');
  const parameters = { plain: 'ä b&c', hidden: new Secret('a+b=c/d#e') };
  await scripted.meta.client.send({ ...get, query: parameters });
  await scripted.meta.client.send({ ...exchange, form: parameters });
  const [first, second] = scripted.calls;
  expect(first?.query).toBe('plain=%C3%A4+b%26c&hidden=a%2Bb%3Dc%2Fd%23e');
  expect(second).toMatchObject({ query: '', body: first?.query });
  expect(parametersIn(second?.body ?? '')).toEqual({ plain: 'ä b&c', hidden: 'a+b=c/d#e' });
  expect(JSON.stringify(parameters)).not.toContain('a+b=c');
});

test('A request asks for JSON, says who we are, and brings no credential in a header.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer({ headers: { 'set-cookie': 'track=1' }, body: '{}' }, '{}');
  await scripted.meta.client.send(get);
  await scripted.meta.client.send(get);
  for (const { headers } of scripted.calls) {
    expect(headers).toMatchObject({ accept: 'application/json', 'user-agent': 'moca-connect' });
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('referer');
  }
});

test.for(
  [301, 302, 303, 307, 308].flatMap((status) =>
    requests.map(([name, sent]) => [status, name, sent] as const),
  ),
)('A redirect (%i) of a %s is not followed.', async ([status, _name, sent]) => {
  await using scripted = await createScriptedMeta();
  await using decoy = await createScriptedMeta();
  scripted.answer({ status, headers: { location: `${decoy.hosts.instagramGraph}/me` } });
  expect(await failureOf(scripted.meta.client.send(sent))).toMatchObject({
    code: 'META_BAD_RESPONSE',
    status,
    refused: false,
    requestSent: true,
  });
  expect(scripted.calls).toHaveLength(1);
  expect(decoy.calls).toHaveLength(0);
});

test('Nothing is tried again, whatever the status and whatever Retry-After says.', async () => {
  await using scripted = await createScriptedMeta();
  for (const status of [408, 413, 429, 500, 502, 503, 504]) {
    scripted.answer({ status, headers: { 'retry-after': '0' }, body: '<html>' });
    expect((await failureOf(scripted.meta.client.send(get))).status).toBe(status);
  }
  expect(scripted.calls).toHaveLength(7);
});

test('Calls share a connection, but the code goes out on one of its own, which ends with it.', async () => {
  await using scripted = await createScriptedMeta();
  for (const request of [get, exchange, get, exchange, get]) {
    scripted.answer('{}');
    await scripted.meta.client.send(request);
  }
  expect(scripted.calls.map(({ method, connection }) => `${method} ${connection}`)).toEqual([
    'GET 1',
    'POST 2',
    'GET 1',
    'POST 3',
    'GET 1',
  ]);
  expect(scripted.calls.map(({ headers }) => headers.connection)).toEqual([
    'keep-alive',
    'close',
    'keep-alive',
    'close',
    'keep-alive',
  ]);
});

test('The answer counts from the moment when it had arrived.', async () => {
  await using scripted = await createScriptedMeta();
  const before = scripted.clock.now().getTime();
  scripted.answer((response) => {
    scripted.clock.advance(7 * SECOND);
    response.end('{}');
  });
  const { receivedAt } = await scripted.meta.client.send(get);
  expect(receivedAt.getTime()).toBe(before + 7 * SECOND);
});

test.for([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const)('A good answer under %s is read.', async ([encoding, compress]) => {
  await using scripted = await createScriptedMeta();
  scripted.answer({ headers: { 'content-encoding': encoding }, body: compress('{"id":30927608773521033}') });
  expect((await scripted.meta.client.send(get)).body).toEqual({ id: '30927608773521033' });
});

test('An answer of one megabyte is read, and one byte more is not.', async () => {
  await using scripted = await createScriptedMeta();
  const full = `"${'x'.repeat(MEGABYTE - 2)}"`;
  scripted.answer(full, `${full} `);
  expect((await scripted.meta.client.send(get)).body).toHaveLength(MEGABYTE - 2);
  expect(await failureOf(scripted.meta.client.send(get))).toMatchObject({
    code: 'META_BAD_RESPONSE',
    status: 200,
    diagnosis: 'The answer was over 1 MB.',
  });
});

test.for(requests)(
  'A %s answer without an end is cut off on the stream, and its connection is dropped.',
  async ([_name, sent]) => {
    await using scripted = await createScriptedMeta();
    let written = 0;
    const dropped = new Promise<void>((resolve) => {
      scripted.answer((response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const chunk = Buffer.alloc(64 * 1024, 'x');
        const write = (): void => {
          do written += chunk.length;
          while (response.write(chunk) && !response.destroyed);
        };
        response.on('drain', write).on('close', resolve);
        write();
      });
    });
    expect(await failureOf(scripted.meta.client.send(sent))).toMatchObject({
      code: 'META_BAD_RESPONSE',
      requestSent: true,
      diagnosis: 'The answer was over 1 MB.',
    });
    await dropped;
    // What the sockets between us hold comes on top of the megabyte.
    expect(written).toBeLessThan(32 * MEGABYTE);
  },
);

test.for([
  ['gzip', 64, gzipSync],
  ['br', 4, brotliCompressSync],
] as const)('A small answer (%s) that unpacks to %i MB is cut off.', async ([encoding, size, compress]) => {
  await using scripted = await createScriptedMeta();
  const body = compress(Buffer.alloc(size * MEGABYTE, ' '));
  expect(body.length).toBeLessThan(MEGABYTE);
  scripted.answer({ headers: { 'content-encoding': encoding }, body });
  expect((await failureOf(scripted.meta.client.send(get))).diagnosis).toBe('The answer was over 1 MB.');
});

test('Nesting as deep as a megabyte allows is a bad answer, and no crash.', async () => {
  await using scripted = await createScriptedMeta();
  const depth = MEGABYTE / 2;
  scripted.answer('['.repeat(depth) + ']'.repeat(depth));
  expect((await failureOf(scripted.meta.client.send(get))).code).toBe('META_BAD_RESPONSE');
});

test.for(requests)(
  'The answer to a %s does not wait until what it says of limits is kept.',
  async ([_name, sent]) => {
    const kept: Limit[] = [];
    const keep = (limits: readonly Limit[]): Promise<void> => {
      kept.push(...limits);
      return new Promise(() => {});
    };
    await using scripted = await createScriptedMeta({ limits: { keep } });
    const headers = { 'x-app-usage': '{"call_count":96}' };
    scripted.answer({ headers, body: '{}' }, { headers, status: 500, body: '{}' });
    expect((await scripted.meta.client.send(sent)).body).toEqual({});
    expect(kept).toMatchObject([{ scope: 'app:instagram', blocks: 'background' }]);
    await failureOf(scripted.meta.client.send(sent));
    expect(kept).toHaveLength(2);
  },
);

test('Every call is reported once when it has ended, with what it came to.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(
    '{}',
    { status: 502, body: '<html>' },
    (response) => response.destroy(),
    'x'.repeat(2 * MEGABYTE),
  );
  await scripted.meta.client.send(get);
  const failures = [];
  for (const request of [exchange, get, get])
    failures.push(await failureOf(scripted.meta.client.send(request)));
  const durationMs = expect.any(Number) as number;
  const servedByVersion = null;
  expect(scripted.reports).toEqual([
    { endpoint: 'ig_me', status: 200, durationMs, servedByVersion, error: null },
    { endpoint: 'code_exchange', status: 502, durationMs, servedByVersion, error: failures[0] },
    { endpoint: 'ig_me', status: null, durationMs, servedByVersion, error: failures[1] },
    { endpoint: 'ig_me', status: 200, durationMs, servedByVersion, error: failures[2] },
  ]);
});

test.for([
  ['/v21.0/me', 'v21.0', null],
  ['/v21.0/me', 'v22.0', 'v22.0'],
  ['/v2.0/me', 'v2.00', 'v2.00'],
  ['/v21.0/me', undefined, null],
  // A call without a version has the one of the app's dashboard.
  ['/me', 'v22.0', null],
  // It goes to the log: nothing else than a version is handed on.
  ['/v21.0/me', 'made-up-token', null],
  ['/v21.0/me', `v1.0${'9'.repeat(99)}`, null],
] as const)('A call of %s that is served by %s reports %s.', async ([path, header, reported]) => {
  await using scripted = await createScriptedMeta();
  const headers: Record<string, string> = header === undefined ? {} : { 'facebook-api-version': header };
  const refusal = '{"error":{"message":"x","code":190}}';
  scripted.answer({ headers, body: '{}' }, { headers, status: 400, body: refusal });
  await scripted.meta.client.send({ ...get, path });
  await failureOf(scripted.meta.client.send({ ...get, path }));
  expect(scripted.reports.map(({ servedByVersion }) => servedByVersion)).toEqual([reported, reported]);
});

test('A client that has ended has closed its connections.', async () => {
  await using scripted = await createScriptedMeta();
  const other = createTestMeta(scripted.hosts);
  const events: string[] = [];
  const closed = new Promise<void>((resolve) => {
    scripted.answer((response) => {
      response.socket?.on('close', () => {
        events.push('closed');
        resolve();
      });
      response.end('{}');
    });
  });
  await other.meta.client.send(get);
  events.push('answered');
  await other[Symbol.asyncDispose]();
  await closed;
  expect(events).toEqual(['answered', 'closed']);
});
