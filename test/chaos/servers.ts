import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../src/config.js';
import type { LoginFlow } from '../../src/login-flow.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { Client } from '../support/client.js';
import { createTestDatabase } from '../support/databases.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { testEnvironment, testSecrets } from '../support/test-app.js';

/** Servers side by side on one database, each a process of its own, with one sandbox. */
export interface Servers extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly databaseUrl: string;
  readonly env: Environment;
  /**
   * Starts another one, as it ships; or, when it is told how far its clock is ahead, as a victim. Never two that
   * run with different clocks: each would take the other's leases to be over.
   */
  start(aheadMs?: number): Promise<ServerProcess>;
}

export async function createServers(
  flow: LoginFlow,
  { databaseUrl, env: more = {} }: { readonly databaseUrl?: string; readonly env?: Environment } = {},
): Promise<Servers> {
  const sandbox = await createSandbox();
  const database = databaseUrl === undefined ? await createTestDatabase() : null;
  const url = databaseUrl ?? database?.url ?? '';
  const env = testEnvironment(sandbox, url, {
    flow,
    env: {
      LOG_LEVEL: 'info',
      RATE_LIMIT_AUTH_URL: '100000/s',
      RATE_LIMIT_COMPLETE: '100000/s',
      // Of all of them: whoever starts next is the faster for it.
      NODE_COMPILE_CACHE: join(tmpdir(), 'moca-compile-cache'),
      ...more,
    },
  });
  const started: ServerProcess[] = [];
  return {
    sandbox,
    databaseUrl: url,
    env,
    start: async (aheadMs) => {
      const server = await startServerProcess(
        env,
        aheadMs === undefined
          ? undefined
          : { path: join(import.meta.dirname, 'victim.ts'), args: [JSON.stringify({ aheadMs })] },
      );
      started.push(server);
      return server;
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of started) await server[Symbol.asyncDispose]();
      await sandbox.close();
      await database?.[Symbol.asyncDispose]();
    },
  };
}

/** What talks to a server, by role. */
export function clientsOf({ url }: Pick<ServerProcess, 'url'>) {
  const client = (key?: string): Client => new Client(() => url, key);
  return {
    visitor: client(),
    admin: client(testSecrets.adminKey),
    service: client(testSecrets.serviceKey),
  };
}

/** Ends a server, wherever it stands. */
export async function kill({ child, ended }: ServerProcess): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}
