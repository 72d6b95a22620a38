import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { AppCredentials } from '../../src/meta/app-credentials.js';
import { MetaClient, type MetaCallReport, type MetaTimeouts } from '../../src/meta/client.js';
import type { MetaHosts } from '../../src/meta/hosts.js';
import type { LimitKeeper } from '../../src/meta/limits.js';
import type { Meta } from '../../src/meta/meta.js';
import { Secret } from '../../src/secret.js';
import { TestClock } from './test-clock.js';

/** A body with status 200, an answer, or whatever a test does to the connection. */
export type Script =
  | string
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string | string[]>>;
      readonly body?: string | Buffer;
    }
  | ((response: ServerResponse) => void);

/** A request as it stood on the wire. */
export interface RecordedCall {
  readonly method: string;
  readonly path: string;
  /** Behind the `?`, not decoded; empty without one. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Which connection it came on: 1 is the first. */
  readonly connection: number;
}

/** `meta` as the server has it, on a client that ends with the test. */
export interface TestMeta extends AsyncDisposable {
  readonly meta: Meta;
  readonly clock: TestClock;
  /** What `onCall` was told. */
  readonly reports: readonly MetaCallReport[];
}

export interface ScriptedMeta extends TestMeta {
  /** Base URLs that each carry a path of their own. */
  readonly hosts: MetaHosts;
  readonly calls: readonly RecordedCall[];
  /** The only call; fails when there was none or another one. */
  readonly onlyCall: RecordedCall;
  /** What the next calls get, one after the other. A call for which nothing is left gets a 500. */
  answer(...scripts: Script[]): void;
}

export interface TestMetaOptions {
  readonly timeouts?: MetaTimeouts;
  readonly graphVersion?: string;
  readonly clock?: TestClock;
  readonly apps?: Pick<Meta, 'instagramApp' | 'facebookApp'>;
  readonly limits?: LimitKeeper;
}

/**
 * A server that says what the test tells it to, and a client of it. It knows nothing of Meta: what is asserted
 * on it, client and sandbox cannot have got wrong in the same way.
 */
export async function createScriptedMeta(options: TestMetaOptions = {}): Promise<ScriptedMeta> {
  const scripts: Script[] = [];
  const calls: RecordedCall[] = [];
  const connections = new Map<unknown, number>();
  // Connections stay open until a client or the test closes them.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void text(request).then(
      (body) => {
        const { method = '', url = '', headers, socket } = request;
        const [path = '', query = ''] = url.split(/\?(.*)/s);
        const connection = connections.get(socket) ?? 0;
        calls.push({ method, path, query, headers, body, connection });
        play(scripts.shift() ?? { status: 500, body: 'Nothing was scripted for this call.' }, response);
      },
      () => undefined,
    );
  });
  server.on('connection', (socket) => connections.set(socket, connections.size + 1));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const hosts = {
    instagramApi: `${url}/ig-api`,
    instagramGraph: `${url}/ig-graph`,
    facebookGraph: `${url}/deep/fb-graph`,
  };
  const test = createTestMeta(hosts, options);
  return {
    ...test,
    hosts,
    calls,
    get onlyCall() {
      const [call] = calls;
      if (call === undefined || calls.length > 1)
        throw new Error(`There were ${calls.length} calls, not one.`);
      return call;
    },
    answer: (...more) => {
      scripts.push(...more);
    },
    [Symbol.asyncDispose]: async () => {
      await test[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A client of `hosts`, with made-up app credentials unless others are given. */
export function createTestMeta(hosts: MetaHosts, options: TestMetaOptions = {}): TestMeta {
  const { timeouts, graphVersion = 'v21.0', clock = new TestClock(), apps = madeApps(), limits } = options;
  const reports: MetaCallReport[] = [];
  const client = new MetaClient({
    hosts,
    clock,
    onCall: (report) => reports.push(report),
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(limits === undefined ? {} : { limits }),
  });
  const meta: Meta = { client, graphVersion, ...apps };
  return { meta, clock, reports, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

function madeApps(): Pick<Meta, 'instagramApp' | 'facebookApp'> {
  return {
    instagramApp: { clientId: '990000000000001', clientSecret: made('instagram-secret') },
    facebookApp: { clientId: '990000000000002', clientSecret: made('facebook-secret') },
  };
}

/** A secret that was made up for this run and says so. */
export function made(kind: string): Secret {
  return new Secret(`made-up-${kind}-${randomBytes(16).toString('hex')}`);
}

/** A made-up token of the family (`IGAA`, `EAA`), in the alphabet of Meta's. */
export function madeToken(family: 'IGAA' | 'EAA'): Secret {
  return new Secret(`${family}madeUp${randomBytes(48).toString('hex')}`);
}

/** What `appsecret_proof` has to be, by Meta's documentation: hex HMAC-SHA256 of the token, keyed with the secret. */
export function proofOf(app: AppCredentials, token: Secret): string {
  return createHmac('sha256', app.clientSecret.reveal()).update(token.reveal()).digest('hex');
}

/** The parameters of a query or form; fails where one stands twice. */
export function parametersIn(encoded: string): Record<string, string> {
  const pairs = [...new URLSearchParams(encoded)];
  const parameters = Object.fromEntries(pairs);
  if (Object.keys(parameters).length !== pairs.length)
    throw new Error(`A parameter stands twice: ${encoded}`);
  return parameters;
}

function play(script: Script, response: ServerResponse): void {
  if (typeof script === 'function') {
    script(response);
    return;
  }
  const { status = 200, headers = {}, body = '' } = typeof script === 'string' ? { body: script } : script;
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers }).end(body);
}
