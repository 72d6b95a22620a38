import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Writable } from 'node:stream';
import type * as entityModule from '../../../src/accounts/instagram-account.entity.js';
import type * as sealedTokenModule from '../../../src/accounts/sealed-token.js';
import type * as appModule from '../../../src/app.js';
import type * as configModule from '../../../src/config.js';
import type * as databaseModule from '../../../src/database/database.js';
import type * as secretModule from '../../../src/secret.js';
import type * as cipherModule from '../../../src/tokens/cipher.js';
import type * as keyringModule from '../../../src/tokens/keyring.js';
import { startCluster } from '../../support/postgresql/cluster.ts';
import { load } from './built-code.ts';
import type { SandboxOrder, SandboxWorld } from './sandbox-process.ts';

/** As a real server has it: what is committed is on the disk. */
const DURABLE = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'shared_buffers=512MB'];
/** Without any time on the way to Meta, and with what is usual. */
const LATENCIES_MS = [0, 40];

/** Renews so many long-lived tokens, all of them due, by one server, and prints what each costs it. */
export async function runRenewals(accounts: number): Promise<void> {
  print('| database | Meta answers after | renewals | a second | CPU of the server, ms each |');
  print('| --- | --- | --- | --- | --- |');
  for (const latencyMs of LATENCIES_MS) {
    const folder = mkdtempSync(join(tmpdir(), 'moca-renewals-'));
    try {
      await measure(`sqlite:${join(folder, 'moca.sqlite')}`, { accounts, latencyMs });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    await using cluster = await startCluster({ settings: DURABLE });
    await measure(cluster.url, { accounts, latencyMs });
  }
}

async function measure(databaseUrl: string, order: SandboxOrder): Promise<void> {
  const sandbox = fork(join(import.meta.dirname, 'sandbox-process.ts'), { execArgv: [] });
  try {
    sandbox.send(order);
    const [world] = (await once(sandbox, 'message')) as [SandboxWorld];
    const { createApp } = await load<typeof appModule>('app.js');
    const { readConfig } = await load<typeof configModule>('config.js');
    const settings = readConfig(environment(databaseUrl, world));
    const logDestination = new Writable({ write: (_line, _encoding, done) => done() });
    const app = await createApp(settings, { worksByHand: true, logDestination });
    await insertAccounts(settings, world);
    const startedAt = performance.now();
    const before = process.cpuUsage();
    await app.work();
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(before);
    await app.close();
    const renewed = await countRenewed(settings);
    print(
      `| ${databaseUrl.split(':')[0]} | ${order.latencyMs} ms | ${renewed} of ${order.accounts} | ${(renewed / seconds).toFixed(0)} | ${((user + system) / 1000 / renewed).toFixed(2)} |`,
    );
  } finally {
    sandbox.disconnect();
  }
}

type Settings = ReturnType<typeof configModule.readConfig>;

async function insertAccounts({ secrets }: Settings, { tokens, issuedAt }: SandboxWorld): Promise<void> {
  const { InstagramAccount } = await load<typeof entityModule>('accounts/instagram-account.entity.js');
  const { sealAccountToken } = await load<typeof sealedTokenModule>('accounts/sealed-token.js');
  const { Secret } = await load<typeof secretModule>('secret.js');
  const { Cipher } = await load<typeof cipherModule>('tokens/cipher.js');
  const { Keyring } = await load<typeof keyringModule>('tokens/keyring.js');
  const cipher = new Cipher(new Keyring(secrets.encryptionKeys));
  const tokenIssuedAt = new Date(issuedAt);
  const expiry = issuedAt + 60 * 86_400_000;
  const rows = tokens.map(({ value, appScopedId, username }) => ({
    accountId: appScopedId,
    appScopedId,
    accountName: username,
    displayName: username,
    flow: 'moca' as const,
    tokenKind: 'LONG_LIVED' as const,
    accessToken: sealAccountToken(cipher, appScopedId, new Secret(value)),
    tokenIssuedAt,
    tokenExpiry: new Date(expiry),
    expiryOrder: expiry,
    tokenVersion: 1,
    nextRefreshAt: new Date(),
    stateCheckAt: new Date(expiry),
    scopes: [],
    missingScopes: [],
    connectionSteps: [],
    settingsVersion: 1,
    connectedAt: tokenIssuedAt,
    updatedAt: tokenIssuedAt,
  }));
  await using database = await open(secrets);
  await database.em().insertMany(InstagramAccount, rows);
}

async function countRenewed({ secrets }: Settings): Promise<number> {
  const { InstagramAccount } = await load<typeof entityModule>('accounts/instagram-account.entity.js');
  await using database = await open(secrets);
  return await database.em().count(InstagramAccount, { tokenVersion: { $gt: 1 } });
}

async function open(secrets: Settings['secrets']): Promise<databaseModule.Database> {
  const { openDatabase } = await load<typeof databaseModule>('database/database.js');
  return openDatabase(secrets.database);
}

function environment(databaseUrl: string, world: SandboxWorld): Readonly<Record<string, string>> {
  return {
    ...world.environment,
    DATABASE_URL: databaseUrl,
    TOKEN_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    HOST: '127.0.0.1',
    PORT: '0',
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
