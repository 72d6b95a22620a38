import { createHash, randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { createApp, type AppOverrides } from '../../src/app.js';
import { readConfig, type Environment } from '../../src/config.js';
import {
  AuthUrlDocument,
  CompleteInstagramAuthDocument,
  type CompleteInstagramAuthMutation,
  type CompleteInstagramAuthMutationVariables,
} from '../../src/generated/graphql.js';
import type { App } from '../../src/lifecycle.js';
import type { LoginFlow } from '../../src/login-flow.js';
import { sandboxEnvironment } from '../../src/sandbox/sandbox-environment.js';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.js';
import { Client } from './client.js';
import { createTestDatabase } from './databases.js';
import { TestClock } from './test-clock.js';

/** Made up for each run: nothing here is a credential of anything. */
const ADMIN_KEY = `admin-${randomBytes(18).toString('hex')}`;
const SERVICE_KEY = `service-${randomBytes(18).toString('hex')}`;
const RING_KEY = randomBytes(32).toString('base64');

export const testSecrets = { adminKey: ADMIN_KEY, serviceKey: SERVICE_KEY, ringKey: RING_KEY };

export interface TestAppOptions {
  readonly flow?: LoginFlow;
  /** Environment variables beside, or in the place of, those of the test server. */
  readonly env?: Environment;
  readonly overrides?: AppOverrides;
  readonly sandbox?: SandboxOptions;
}

/** What the person's browser brings back: the code, and what belongs to it. */
export type Callback = Required<Pick<CompleteInstagramAuthMutationVariables, 'code' | 'state' | 'verifier'>>;

type ConnectedAccount = CompleteInstagramAuthMutation['completeInstagramAuth'];

export interface TestApp extends AsyncDisposable {
  readonly app: App;
  readonly url: string;
  readonly sandbox: Sandbox;
  /** Shared by the server and the sandbox. */
  readonly clock: TestClock;
  readonly visitor: Client;
  readonly admin: Client;
  readonly service: Client;
  /** As `DATABASE_URL` has it. */
  readonly databaseUrl: string;
  /** Everything that the server has logged. */
  readonly log: readonly string[];
  /** Asks for an authorization URL and consents as the persona; gives what the callback page has then. */
  consent(persona: string): Promise<Callback>;
  /** Consents and completes. */
  connect(persona: string, more?: Partial<CompleteInstagramAuthMutationVariables>): Promise<ConnectedAccount>;
  /** Stops the server and starts another one on the same database, with some of its environment changed. */
  restart(overrides?: AppOverrides, env?: Environment): Promise<void>;
  /** The environment of the server that runs now. */
  readonly env: Environment;
}

/** A server on a database of its own, and a sandbox, both gone at the end of the test. */
export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const clock = new TestClock();
  const sandbox = await createSandbox({ clock, ...options.sandbox });
  const database = await createTestDatabase();
  let env = testEnvironment(sandbox, database.url, options);
  const log: string[] = [];
  const logDestination = new Writable({
    write: (line: Buffer, _encoding, done) => {
      log.push(line.toString());
      done();
    },
  });
  const start = async (overrides: AppOverrides = {}): Promise<{ app: App; url: string }> => {
    const app = await createApp(readConfig(env), {
      clock,
      logDestination,
      // A test says when: else every step of the clock would set renewals off beside it.
      worksByHand: true,
      ...options.overrides,
      ...overrides,
    });
    return { app, url: await app.listen() };
  };
  let running = await start();
  const client = (key?: string): Client => new Client(() => running.url, key);
  const visitor = client();

  const consent = async (persona: string): Promise<Callback> => {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const { authUrl } = await visitor.send(AuthUrlDocument, { challenge });
    const { searchParams } = await sandbox.consent(authUrl, persona);
    return { code: searchParams.get('code') ?? '', state: searchParams.get('state'), verifier };
  };

  return {
    get app() {
      return running.app;
    },
    get url() {
      return running.url;
    },
    sandbox,
    clock,
    visitor,
    admin: client(ADMIN_KEY),
    service: client(SERVICE_KEY),
    databaseUrl: database.url,
    log,
    consent,
    connect: async (persona, more = {}) => {
      const callback = await consent(persona);
      const { completeInstagramAuth } = await visitor.send(CompleteInstagramAuthDocument, {
        ...callback,
        ...more,
      });
      return completeInstagramAuth;
    },
    get env() {
      return env;
    },
    restart: async (overrides, changed = {}) => {
      await running.app.close();
      env = { ...env, ...changed };
      running = await start(overrides);
    },
    [Symbol.asyncDispose]: async () => {
      await running.app.close();
      await sandbox.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The environment of a server whose Meta is the sandbox. */
export function testEnvironment(
  sandbox: Sandbox,
  databaseUrl: string,
  { flow = 'moca', env = {} }: Pick<TestAppOptions, 'flow' | 'env'> = {},
): Environment {
  return {
    ...sandboxEnvironment(sandbox, flow),
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '5',
    TOKEN_ENCRYPTION_KEYS: `test:${RING_KEY}`,
    ADMIN_API_KEYS: `ada:${ADMIN_KEY}`,
    SERVICE_API_KEYS: `worker:${SERVICE_KEY}`,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'trace',
    ...env,
  };
}
