import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../app.js';
import { readConfig } from '../config.js';
import { systemClock } from '../time.js';
import { sandboxEnvironment } from './sandbox-environment.js';
import { createSandbox, type Sandbox } from './sandbox.js';

export interface DemoOptions {
  /** Of the server. 0: any free port. */
  readonly port: number;
  /** Of the sandbox. 0: any free port. */
  readonly sandboxPort: number;
  /** `moca`, `instagram` or `facebook`. */
  readonly flow: string;
  readonly logLevel: string;
}

export interface Demo extends AsyncDisposable {
  /** The server with its pages. */
  readonly url: string;
  readonly sandbox: Sandbox;
  /** Minted for this run. */
  readonly adminKey: string;
  readonly serviceKey: string;
  /** The accounts that are connected already. */
  readonly seeded: readonly string[];
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** For the webhook's address. No secret: the sandbox's index page shows it. */
const VERIFY_TOKEN = 'demo';

/** Who is connected when the demo starts: one for each rung of the ladder, as far as the flow reaches them. */
const SEEDED_PERSONAS = ['page-token', 'two-linked-pages', 'code-101', 'short-lived-only'];

/**
 * The server and the sandbox together, on a database that is thrown away at the end. The accounts that are
 * there from the start were connected through the API like any other.
 *
 * @throws ConfigError for a flow that is none
 * @throws what Node says of a port that cannot be listened on; nothing is left behind then
 */
export async function createDemo({ port, sandboxPort, flow, logLevel }: DemoOptions): Promise<Demo> {
  const serverPort = port === 0 ? await findFreePort() : port;
  const redirectUri = `http://${HOST}:${serverPort}/instagram-callback`;
  await using opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'moca-demo-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  const sandbox = opened.use(
    await createSandbox({ port: sandboxPort, redirectUris: [redirectUri], verifyToken: VERIFY_TOKEN }),
  );
  const adminKey = `demo-admin-${randomBytes(12).toString('hex')}`;
  const serviceKey = `demo-service-${randomBytes(12).toString('hex')}`;
  const app = opened.use(
    await createApp(
      readConfig({
        ...sandboxEnvironment(sandbox, flow),
        HOST,
        PORT: String(serverPort),
        INSTAGRAM_REDIRECT_URI: redirectUri,
        DATABASE_URL: `sqlite:${join(folder, 'demo.sqlite')}`,
        TOKEN_ENCRYPTION_KEYS: `demo:${randomBytes(32).toString('base64')}`,
        ADMIN_API_KEYS: `demo:${adminKey}`,
        SERVICE_API_KEYS: `demo:${serviceKey}`,
        RATE_LIMIT_AUTH_URL: '1000/min',
        RATE_LIMIT_COMPLETE: '1000/min',
        PUBLIC_URL: `http://${HOST}:${serverPort}`,
        INSTAGRAM_VERIFY_TOKEN: VERIFY_TOKEN,
        LOG_LEVEL: logLevel,
        LOG_PRETTY: 'on',
      }),
      // One time for both: whoever moves the sandbox's clock sees tokens age. Nobody sleeps longer for it.
      { openIntrospection: true, clock: { ...systemClock, now: () => sandbox.clock.now() } },
    ),
  );
  await app.listen();
  const url = `http://${HOST}:${serverPort}`;
  sandbox.push.connectTo(url);
  const seeded = await seed(url, sandbox);
  const running = opened.move();
  const close = (): Promise<void> => running.disposeAsync();
  return { url, sandbox, adminKey, serviceKey, seeded, close, [Symbol.asyncDispose]: close };
}

/** Connects the first accounts as their people would. Gives the usernames of those who got through. */
async function seed(url: string, sandbox: Sandbox): Promise<string[]> {
  const names: string[] = [];
  for (const persona of SEEDED_PERSONAS) {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const { authUrl } = await ask<{ authUrl: string }>(
      url,
      'query ($challenge: String) { authUrl(challenge: $challenge) }',
      { challenge },
    );
    const callback = (await sandbox.consent(authUrl, persona)).searchParams;
    const answer = await ask<{ completeInstagramAuth: { accountName: string } | null }>(
      url,
      'mutation ($code: String!, $state: String, $verifier: String) { completeInstagramAuth(code: $code, state: $state, verifier: $verifier) { accountName } }',
      { code: callback.get('code'), state: callback.get('state'), verifier },
    );
    // Not every persona reaches an account in every flow; the page shows why when a visitor tries.
    if (answer.completeInstagramAuth !== null) names.push(answer.completeInstagramAuth.accountName);
  }
  return names;
}

async function ask<Data>(url: string, query: string, variables: object): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data } = (await response.json()) as { data?: Data | null };
  return data ?? ({ completeInstagramAuth: null } as Data);
}

/** The redirect URI holds the port, so it has to be known before the server listens. */
async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject).listen(0, HOST, resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
