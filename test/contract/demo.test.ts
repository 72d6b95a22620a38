import { execFile } from 'node:child_process';
import { mkdtempDisposableSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  AuthUrlDocument,
  CompleteInstagramAuthDocument,
  InstagramAccountsDocument,
} from '../../src/generated/graphql.js';
import { createDemo, type Demo } from '../../src/sandbox/demo.js';
import { DAY, MINUTE, SECOND } from '../../src/time.js';
import { Client } from '../support/client.js';
import { send } from './visitor.js';

const options = { port: 0, sandboxPort: 0, flow: 'moca', logLevel: 'silent' };

const program = join(import.meta.dirname, '..', '..', 'dist', 'sandbox', 'demo.main.js');

/** `npm run demo`, without the build; for what ends by itself. */
function runDemo(env: Readonly<Record<string, string>>): Promise<unknown> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env['PATH'], ...env } };
    execFile(process.execPath, [program], options, (error, out, errors) =>
      resolve({ code: error === null ? 0 : error.code, out, errors }),
    );
  });
}

async function moveClock({ sandbox }: Demo, ms: number): Promise<void> {
  await send('POST', `${sandbox.url}/sandbox/clock`, { advanceMs: String(ms) });
}

test("the demo's server goes by the sandbox's clock: tokens age with it, and Meta's callbacks are taken", async () => {
  await using demo = await createDemo(options);
  await moveClock(demo, DAY);
  const admin = new Client(() => demo.url, demo.adminKey);
  const { instagramAccounts } = await admin.send(InstagramAccountsDocument, {
    filter: { accountNameContains: 'moca_code_101' },
  });
  const left = instagramAccounts.edges[0]?.node.tokenStatus.expiresInSeconds;
  expect(left).toBeLessThanOrEqual((59 * DAY) / SECOND);
  for (const path of ['deauthorize', 'data-deletion']) {
    const { body } = await send('POST', `${demo.sandbox.url}/sandbox/${path}`, { persona: 'page-token' });
    expect(body.answers).toMatchObject([{ status: 200 }]);
  }
});

test('whoever is rate limited in the demo closes it for everybody, until the clock is moved', async () => {
  await using demo = await createDemo(options);
  const visitor = new Client(() => demo.url);
  const comeBack = async (persona: string) => {
    const { authUrl } = await visitor.send(AuthUrlDocument, {});
    const { searchParams } = await demo.sandbox.consent(authUrl, persona);
    return { code: searchParams.get('code') ?? '', state: searchParams.get('state') };
  };
  const callbacks = [await comeBack('rate-limited'), await comeBack('page-token#2')];
  for (const callback of callbacks) {
    const { extensions } = await visitor.fail(CompleteInstagramAuthDocument, callback);
    expect(extensions.code).toBe('META_RATE_LIMITED');
  }
  await moveClock(demo, 20 * MINUTE);
  for (const callback of callbacks) {
    const { completeInstagramAuth } = await visitor.send(CompleteInstagramAuthDocument, callback);
    expect(completeInstagramAuth.tokenStatus.state).toBe('ACTIVE');
  }
});

test('a demo that cannot start says why in one line, and leaves nothing behind', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  await using taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const port = String((taken.address() as AddressInfo).port);
  const quiet = { PORT: '0', SANDBOX_PORT: '0', LOG_LEVEL: 'error' };
  const inUse = `port ${port} is in use. PORT (the server's) and SANDBOX_PORT choose others.`;
  for (const [env, problem] of [
    [{ PORT: port }, inUse],
    [{ SANDBOX_PORT: port }, inUse],
    [{ SANDBOX_PORT: 'many' }, "PORT (the server's) and SANDBOX_PORT have to be ports."],
    [{ INSTAGRAM_LOGIN_FLOW: 'instagarm' }, 'INSTAGRAM_LOGIN_FLOW: must be moca, instagram or facebook'],
  ] as const) {
    const run = await runDemo({ ...quiet, TMPDIR: folder.path, ...env });
    expect(run).toEqual({ code: 78, out: '', errors: `The demo cannot start: ${problem}\n` });
    expect(readdirSync(folder.path)).toEqual([]);
  }
});
