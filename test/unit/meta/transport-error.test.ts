import dns from 'node:dns';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Socket } from 'node:net';
import tls from 'node:tls';
import { Options, RequestError } from 'got';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { MetaRequest, MetaTimeouts } from '../../../src/meta/client.js';
import { transportError } from '../../../src/meta/transport-error.js';
import { Secret } from '../../../src/secret.js';
import { allHostsAt, closedPort, listening, unansweringPort } from '../../support/loopback.js';
import { failureOf } from '../../support/meta-failure.js';
import { createTestMeta, type TestMeta } from '../../support/scripted-meta.js';
import { selfSignedCertificate } from '../../support/self-signed-certificate.js';

/** Long enough for a machine that is busy with other tests; no test waits for these. */
const PATIENT: MetaTimeouts = { connectMs: 20_000, responseMs: 20_000, totalMs: 25_000 };

const get: MetaRequest<unknown> = {
  endpoint: 'ig_me',
  host: 'instagramGraph',
  path: '/me',
  schema: z.unknown(),
};
const exchange: MetaRequest<unknown> = {
  endpoint: 'code_exchange',
  host: 'instagramApi',
  path: '/oauth/access_token',
  form: { code: new Secret('made-up-code') },
  schema: z.unknown(),
};

const trusted = selfSignedCertificate();

beforeAll(() => {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), trusted.cert]);
});

afterEach(() => {
  vi.restoreAllMocks();
});

function metaAt(url: string, timeouts: Partial<MetaTimeouts> = {}): TestMeta {
  return createTestMeta(allHostsAt(url), { timeouts: { ...PATIENT, ...timeouts } });
}

interface Fate {
  readonly requestSent: boolean;
  readonly diagnosis: unknown;
}

/** What became of a GET and of a code exchange, of which each has to fail in passing. */
async function fatesAt(url: string, timeouts: Partial<MetaTimeouts> = {}): Promise<Fate[]> {
  await using test = metaAt(url, timeouts);
  return Promise.all(
    [get, exchange].map(async (request) => {
      const failure = await failureOf(test.meta.client.send(request));
      expect(failure).toMatchObject({
        endpoint: request.endpoint,
        code: 'META_UNAVAILABLE',
        errorClass: 'transient',
        retryable: true,
        status: null,
        refused: false,
      });
      const { requestSent, diagnosis } = failure;
      return { requestSent, diagnosis };
    }),
  );
}

function notSent(diagnosis: unknown): Fate[] {
  return Array.from({ length: 2 }, () => ({ requestSent: false, diagnosis }));
}

function sent(diagnosis: unknown): Fate[] {
  return Array.from({ length: 2 }, () => ({ requestSent: true, diagnosis }));
}

test('A refused connection: Meta has not seen the request.', async () => {
  const port = await closedPort(createServer());
  expect(await fatesAt(`http://127.0.0.1:${port}`)).toEqual(notSent('ECONNREFUSED'));
  expect(await fatesAt(`https://127.0.0.1:${port}`)).toEqual(notSent('ECONNREFUSED'));
});

test.for(['ENOTFOUND', 'EAI_AGAIN'])(
  'A name that is not resolved (%s): Meta has not seen the request.',
  async (code) => {
    const error = Object.assign(new Error(`getaddrinfo ${code} localhost`), { code });
    stubLookup((callback) => callback(error));
    expect(await fatesAt('http://localhost:9')).toEqual(notSent(code));
    expect(await fatesAt('https://localhost:9')).toEqual(notSent(code));
  },
);

test('A name server that does not answer in time: Meta has not seen the request.', async () => {
  stubLookup(() => undefined);
  expect(await fatesAt('http://localhost:9', { connectMs: 40 })).toEqual(notSent('time-out (lookup)'));
});

test('A connection that is not made in time: Meta has not seen the request.', async () => {
  await using server = await unansweringPort();
  expect(await fatesAt(`http://127.0.0.1:${server.port}`, { connectMs: 40 })).toEqual(
    notSent('time-out (connect)'),
  );
  expect(await fatesAt(`https://127.0.0.1:${server.port}`, { totalMs: 80 })).toEqual(
    notSent('time-out (request)'),
  );
});

test('A TLS handshake that is not finished in time: Meta has not seen the request.', async () => {
  await using server = await listening(createServer());
  const url = `https://127.0.0.1:${server.port}`;
  expect(await fatesAt(url, { connectMs: 400 })).toEqual(notSent('time-out (secureConnect)'));
  expect(await fatesAt(url, { totalMs: 80 })).toEqual(notSent('time-out (request)'));
});

test('A TLS handshake that is broken off, or answered in plain text: Meta has not seen the request.', async () => {
  await using resetting = await listening(
    createServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
  );
  expect(await fatesAt(`https://127.0.0.1:${resetting.port}`)).toEqual(notSent('ECONNRESET'));
  await using plain = await listening(createHttpServer((_request, response) => response.end('{}')));
  expect(await fatesAt(`https://127.0.0.1:${plain.port}`)).toEqual(
    notSent(expect.stringMatching(/^(ERR_SSL_|EPROTO)/)),
  );
});

test('A certificate that nobody vouches for: the request is not sent.', async () => {
  let requests = 0;
  await using server = await listening(
    createHttpsServer(selfSignedCertificate(), (_request, response) => {
      requests += 1;
      response.end('{}');
    }),
  );
  expect(await fatesAt(`https://127.0.0.1:${server.port}`)).toEqual(notSent('DEPTH_ZERO_SELF_SIGNED_CERT'));
  expect(requests).toBe(0);
});

test('A certificate for another name: the request is not sent.', async () => {
  await using server = await listening(
    createHttpsServer(trusted, (_request, response) => response.end('{}')),
  );
  expect(await fatesAt(`https://localhost:${server.port}`)).toEqual(notSent('ERR_TLS_CERT_ALTNAME_INVALID'));
});

const afterSending: ReadonlyArray<readonly [string, RequestListener, Partial<MetaTimeouts>, unknown]> = [
  ['is reset', (request) => reset(request.socket), {}, 'ECONNRESET'],
  ['ends', (request) => request.socket.end(), {}, 'ECONNRESET'],
  ['stays silent', () => undefined, { responseMs: 100 }, 'time-out (response)'],
  ['stays silent for the whole time', () => undefined, { totalMs: 400 }, 'time-out (request)'],
  [
    'drips without end',
    (_request, response) => {
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
    },
    { totalMs: 400 },
    'time-out (request)',
  ],
  [
    'is reset within the answer',
    (request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"access_token":', () => setTimeout(() => reset(request.socket), 30));
    },
    {},
    expect.stringMatching(/^[A-Z_]+$/),
  ],
  [
    'ends before the promised length',
    (request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"access_token":', () => request.socket.end());
    },
    {},
    expect.stringMatching(/^[A-Z_]+$/),
  ],
  [
    'ends within a chunked answer',
    (request, response) => {
      response.write('{"access_token":', () => request.socket.end());
    },
    {},
    expect.stringMatching(/^[A-Z_]+$/),
  ],
  ['answers no HTTP', (request) => request.socket.end('SSH-2.0-made-up\r\n\r\n'), {}, 'HPE_INVALID_CONSTANT'],
  [
    'answers with headers without end',
    (_request, response) => response.writeHead(200, { 'x-long': 'x'.repeat(99_000) }).end('{}'),
    {},
    'HPE_HEADER_OVERFLOW',
  ],
  [
    'packs its answer wrongly',
    (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('{"no":"gzip"}'),
    {},
    expect.stringMatching(/^[A-Z_]+$/),
  ],
];

test.for(afterSending)(
  'A connection that %s once the request is sent: Meta may have seen it, by HTTP and by HTTPS.',
  async ([_what, answer, timeouts, diagnosis]) => {
    await using http = await listening(createHttpServer(answer));
    expect(await fatesAt(`http://127.0.0.1:${http.port}`, timeouts)).toEqual(sent(diagnosis));
    await using https = await listening(createHttpsServer(trusted, answer));
    expect(await fatesAt(`https://127.0.0.1:${https.port}`, timeouts)).toEqual(sent(diagnosis));
  },
);

test('A connection that is reset before the request is read may have carried it all the same.', async () => {
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    setTimeout(() => socket.resetAndDestroy(), 200);
  });
  await using silent = await listening(server);
  expect(await fatesAt(`http://127.0.0.1:${silent.port}`)).toEqual(sent('ECONNRESET'));
});

test.for(['http', 'https'])(
  'On a kept connection (%s) a reset counts as after sending.',
  async (protocol) => {
    let requests = 0;
    const answer: RequestListener = (request, response) => {
      requests += 1;
      if (requests === 1) response.end('{}');
      else reset(request.socket);
    };
    await using server = await listening(
      protocol === 'http' ? createHttpServer(answer) : createHttpsServer(trusted, answer),
    );
    await using test = metaAt(`${protocol}://127.0.0.1:${server.port}`);
    await test.meta.client.send(get);
    expect(await failureOf(test.meta.client.send(get))).toMatchObject({
      requestSent: true,
      diagnosis: 'ECONNRESET',
    });
    expect(requests).toBe(2);
  },
);

test('A failure that is not the HTTP client’s own counts as after sending, and is not shown.', () => {
  for (const strange of [new Error('made-up-token'), 'made-up-token', undefined, { code: 'made-up-token' }]) {
    const failure = transportError('code_exchange', strange);
    expect(failure).toMatchObject({
      requestSent: true,
      errorClass: 'transient',
      diagnosis: 'transport failure',
    });
  }
  const early = new RequestError('made-up-token', {}, new Options({ url: 'http://localhost' }));
  expect(transportError('code_exchange', early).requestSent).toBe(true);
  const coded = Object.assign(new Error('x'), { code: 'made-up-token' });
  expect(transportError('code_exchange', coded).diagnosis).toBe('transport failure');
});

function reset(socket: Socket): void {
  // Under TLS it is the connection below that can be reset.
  const below = '_parent' in socket && socket._parent instanceof Object ? (socket._parent as Socket) : socket;
  below.resetAndDestroy();
}

type LookupCallback = (error: NodeJS.ErrnoException | null) => void;

/** What name resolution says of every host. */
function stubLookup(answer: (callback: LookupCallback) => void): void {
  vi.spyOn(dns, 'lookup').mockImplementation(((_host: string, _options: object, callback: LookupCallback) => {
    setImmediate(() => answer(callback));
  }) as typeof dns.lookup);
}
