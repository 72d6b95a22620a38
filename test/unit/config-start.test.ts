import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sealAccountToken } from '../../src/accounts/sealed-token.js';
import { unusable } from '../../src/database/require-connection.js';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import { Secret } from '../../src/secret.js';
import { Cipher } from '../../src/tokens/cipher.js';
import { Keyring } from '../../src/tokens/keyring.js';
import { listening } from '../support/loopback.js';
import { runSql } from '../support/sql.js';
import { createTestApp, testEnvironment, testSecrets } from '../support/test-app.js';

const main = join(import.meta.dirname, '..', '..', 'dist', 'server', 'main.js');

interface Exit {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the built server as its own process, with this environment and no other, and waits for its end. */
function runServer(env: Readonly<Record<string, string | undefined>>): Promise<Exit> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main], { env, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

test('Without its variables the server does not start: exit code 78, every name on stderr, and no stack.', async () => {
  const { code, stdout, stderr } = await runServer({});
  expect(code).toBe(78);
  expect(stdout).toBe('');
  expect(stderr).toBe(
    `The server cannot start:
  - INSTAGRAM_CLIENT_ID: is missing
  - INSTAGRAM_CLIENT_SECRET: is missing
  - TOKEN_ENCRYPTION_KEYS: is missing
`,
  );
});

test('Bad values are named too, and not shown.', async () => {
  const canary = `canary${randomBytes(12).toString('hex')}`;
  const { code, stderr } = await runServer({
    INSTAGRAM_CLIENT_ID: 'your-instagram-app-id',
    INSTAGRAM_CLIENT_SECRET_FILE: `/nowhere/${canary}`,
    TOKEN_ENCRYPTION_KEYS: canary,
    ADMIN_API_KEYS: canary,
    PORT: canary,
    TRUST_PROXY: canary,
  });
  expect(code).toBe(78);
  const names = [
    'INSTAGRAM_CLIENT_ID',
    'INSTAGRAM_CLIENT_SECRET_FILE',
    'TOKEN_ENCRYPTION_KEYS',
    'ADMIN_API_KEYS',
    'PORT',
    'TRUST_PROXY',
  ];
  for (const name of names) expect(stderr).toContain(`  - ${name}: `);
  expect(stderr).not.toContain(canary);
  expect(stderr).not.toMatch(/\n    at |node:/);
});

test('With a key ring that does not open what is stored, the server does not start, and says which key it lacks.', async () => {
  await using moca = await createTestApp();
  await moca.connect('page-token');
  await moca.app.close();
  const environment = testEnvironment(moca.sandbox, moca.databaseUrl);
  const other = randomBytes(32).toString('base64');
  const lacking = await runServer({ ...environment, TOKEN_ENCRYPTION_KEYS: `other:${other}` });
  expect(lacking.code).toBe(78);
  expect(lacking.stderr).toBe(
    `The server cannot start:
  - TOKEN_ENCRYPTION_KEYS: A stored value was sealed with the key "test", which TOKEN_ENCRYPTION_KEYS does not have.
`,
  );
  const wrong = await runServer({ ...environment, TOKEN_ENCRYPTION_KEYS: `test:${other}` });
  expect(wrong.code).toBe(78);
  expect(wrong.stderr).toMatch(
    /^The server cannot start:\n {2}- TOKEN_ENCRYPTION_KEYS: A stored value does not open with the key "test" [^\n]*\n$/,
  );
  for (const { stdout, stderr } of [lacking, wrong]) {
    expect(stdout + stderr).not.toContain(other);
    expect(stdout + stderr).not.toContain(testSecrets.ringKey);
  }
});

test('A key that was taken out of the ring too early is noticed, though the newest token opens.', async () => {
  await using moca = await createTestApp();
  await moca.connect('page-token');
  moca.clock.advance(1_000);
  const { accountId } = await moca.connect('page-token#2');
  const newKey = randomBytes(32);
  const cipher = new Cipher(new Keyring([{ id: 'new', bytes: newKey }]));
  const sealed = sealAccountToken(cipher, accountId, new Secret('made up'));
  await runSql(
    moca,
    `update instagram_account set access_token = '${sealed}' where account_id = '${accountId}'`,
  );
  await moca.app.close();
  const ring = `new:${newKey.toString('base64')}`;
  const environment = testEnvironment(moca.sandbox, moca.databaseUrl);
  const { code, stderr } = await runServer({ ...environment, TOKEN_ENCRYPTION_KEYS: ring });
  expect(code).toBe(78);
  expect(stderr).toContain('the key "test", which TOKEN_ENCRYPTION_KEYS does not have');
});

test('The server starts with what it needs, and ends with 0 on SIGTERM.', async () => {
  await using sandbox = await createSandbox();
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const env = testEnvironment(sandbox, `sqlite:${join(folder.path, 'data', 'moca.sqlite')}`);
  const server = execFile(process.execPath, [main], { env });
  const ended = new Promise<number | null>((resolve) => server.once('exit', resolve));
  let log = '';
  await new Promise<void>((resolve) => {
    server.stdout?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('"msg":"listening"')) resolve();
    });
  });
  server.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('A database file that cannot be opened is named by its variable: exit code 78, and no stack.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const file = join(folder.path, 'file');
  writeFileSync(file, 'This is no database, and long enough not to be taken for an empty one. '.repeat(20));
  await using sandbox = await createSandbox();
  for (const path of [join(file, 'moca.sqlite'), folder.path, file]) {
    const { code, stderr } = await runServer(testEnvironment(sandbox, `sqlite:${path}`));
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /^The server cannot start:\n {2}- DATABASE_URL: sqlite:\S+ cannot be connected to: [\w ,]+ \([A-Z_]+\)\n$/,
    );
    expect(stderr).toContain(`sqlite:${path} `);
  }
});

test('A folder that this user may not write to is named, and so is what is wrong with it.', () => {
  const error = Object.assign(new Error('canary'), { code: 'EACCES' });
  expect(unusable(error, { kind: 'sqlite', path: '/srv/moca/moca.sqlite' }).problems).toEqual([
    'DATABASE_URL: sqlite:/srv/moca/moca.sqlite cannot be connected to: this user may not write there (EACCES)',
  ]);
});

test('A port that is in use, and a host that is not here, are named: exit code 78, and no stack.', async () => {
  await using sandbox = await createSandbox();
  await using taken = await listening(createServer());
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const env = testEnvironment(sandbox, `sqlite:${join(folder.path, 'moca.sqlite')}`);
  expect(await runServer({ ...env, PORT: String(taken.port), LOG_LEVEL: 'silent' })).toEqual({
    code: 78,
    stdout: '',
    stderr: `The server cannot start:\n  - PORT: ${taken.port} is in use\n`,
  });
  for (const HOST of ['192.0.2.1', 'nowhere.invalid']) {
    expect(await runServer({ ...env, HOST })).toMatchObject({
      code: 78,
      stderr: `The server cannot start:\n  - HOST: ${HOST} cannot be listened on, which is no address of this machine\n`,
    });
  }
});

describe('A command on a Node that is too old', () => {
  const root = join(import.meta.dirname, '..', '..');
  const { engines, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    engines: { node: string };
    scripts: Record<string, string>;
  };
  const guard = 'src/scripts/require-node.mjs';

  test('says which one it needs: exit code 78, and nothing else is run.', () => {
    const as = (version: string) => {
      const versions = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`;
      return spawnSync(process.execPath, ['--import', versions, join(root, guard)], { encoding: 'utf8' });
    };
    const wanted = engines.node.replace('>=', '');
    expect(as('20.11.1')).toMatchObject({ status: 78, stdout: '' });
    expect(as('20.11.1').stderr).toMatch(
      new RegExp(`^This needs Node ${wanted}, and is run by Node 20.11.1: `),
    );
    for (const version of [`${wanted}.0.0`, `${Number(wanted) + 1}.1.0`]) {
      expect(as(version)).toMatchObject({ status: 0, stderr: '' });
    }
  });

  test('is every one that runs in production.', () => {
    const running = Object.values(scripts).filter((script) => script.includes('src/scripts/run.ts'));
    expect(running).toHaveLength(6);
    for (const script of running) expect(script).toMatch(new RegExp(`^node ${guard} && `));
  });
});
