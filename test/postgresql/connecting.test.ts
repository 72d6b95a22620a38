import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { ConfigError } from '../../src/config.js';
import { plus, systemClock } from '../../src/time.js';
import { createTestDatabase, openAt } from '../support/databases.js';
import { madeUpSecret, requiredEnvironment } from '../support/environment.js';
import { administrate, startCluster, urlOf } from '../support/postgresql/cluster.js';
import { selfSignedCertificate } from '../support/self-signed-certificate.js';
import { runSql } from '../support/sql.js';

const { cert, key } = selfSignedCertificate();
const other = selfSignedCertificate();
/** Takes connections with TLS and without, and knows somebody with a password. */
const server = await startCluster({
  settings: ['ssl=on', 'ssl_cert_file=server.crt', 'ssl_key_file=server.key'],
  files: {
    'server.crt': cert,
    'server.key': key,
    'pg_hba.conf': 'host all moca all trust\nhost all somebody all scram-sha-256\n',
  },
});
await administrate(server.url, `create role somebody login password '${madeUpSecret}'`);
const folder = mkdtempSync(join(tmpdir(), 'moca-'));
const [rootFile, otherFile] = [join(folder, 'root.crt'), join(folder, 'other.crt')];
writeFileSync(rootFile, cert);
writeFileSync(otherFile, other.cert);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function isEncrypted(parameters: string): Promise<unknown> {
  const databaseUrl = `${server.url}?${parameters}`;
  const [row] = await runSql({ databaseUrl }, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()');
  return row?.['ssl'];
}

/** Why there is no connecting to it, as whoever starts the server reads it. */
async function refusal(databaseUrl: string): Promise<string> {
  try {
    await using database = await openAt(databaseUrl);
    await database.migrate();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join();
    throw error;
  }
  return 'none';
}

test.each([
  { parameters: '', encrypted: false },
  { parameters: 'sslmode=disable', encrypted: false },
  { parameters: 'sslmode=require', encrypted: true },
  { parameters: `sslmode=verify-ca&sslrootcert=${rootFile}`, encrypted: true },
  { parameters: `sslmode=verify-full&sslrootcert=${rootFile}`, encrypted: true },
])('With "$parameters" the connection is encrypted: $encrypted.', async ({ parameters, encrypted }) => {
  expect(await isEncrypted(parameters)).toBe(encrypted);
});

test.each([
  `sslmode=verify-full`,
  `sslmode=verify-full&sslrootcert=${otherFile}`,
  `sslmode=verify-ca&sslrootcert=${otherFile}`,
  `sslmode=require&sslrootcert=${otherFile}`,
])('With "%s" a server whose certificate is not known is not talked to.', async (parameters) => {
  expect(await refusal(`${server.url}?${parameters}`)).toMatch(
    /^DATABASE_URL: \S+ cannot be connected to \((DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\)$/,
  );
});

test('With verify-full the name has to be the certificate’s, with verify-ca it has not.', async () => {
  const byName = (mode: string): string => {
    const url = new URL(server.url);
    url.hostname = 'localhost';
    url.search = `?sslmode=${mode}&sslrootcert=${rootFile}`;
    return url.href;
  };
  expect(await refusal(byName('verify-full'))).toContain('(ERR_TLS_CERT_ALTNAME_INVALID)');
  await using database = await openAt(byName('verify-ca'));
  expect(await database.isReachable()).toBe(true);
});

test('Who cannot connect is told why, without the password.', async () => {
  const asSomebody = (password: string): string => {
    const url = new URL(server.url);
    url.username = 'somebody';
    url.password = password;
    return url.href;
  };
  await using database = await openAt(asSomebody(madeUpSecret));
  expect(await database.isReachable()).toBe(true);
  const wrong = `${madeUpSecret}wrong`;
  const { host, pathname } = new URL(server.url);
  const problem = `DATABASE_URL: postgresql://${host}${pathname} cannot be connected to: the user or the password is wrong (28P01)`;
  expect(await refusal(asSomebody(wrong))).toBe(problem);
  expect(await refusal(urlOf(server.url, 'missing'))).toBe(
    `DATABASE_URL: postgresql://${host}/missing cannot be connected to: there is no such database (3D000)`,
  );
  expect(await refusal(`postgresql://moca:${wrong}@127.0.0.1:1/moca`)).toBe(
    'DATABASE_URL: postgresql://127.0.0.1:1/moca cannot be connected to: nothing listens there (ECONNREFUSED)',
  );
  const main = join(import.meta.dirname, '..', '..', 'dist', 'server', 'main.js');
  const env = { PATH: process.env['PATH'], ...requiredEnvironment, DATABASE_URL: asSomebody(wrong) };
  const end = await promisify(execFile)(process.execPath, [main], { env }).catch(
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  expect(end).toMatchObject({
    code: 78,
    stderr: `The server cannot start:\n  - ${problem}\n`,
  });
});

test('Every connection has its limits and our name, and what the URL says of them wins.', async () => {
  await using stored = await createTestDatabase();
  const settings = (databaseUrl: string) =>
    runSql(
      { databaseUrl },
      `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
         current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`,
    );
  expect(await settings(stored.url)).toEqual([
    { statement: '15s', lock: '5s', idle: '30s', name: 'moca-connect' },
  ]);
  expect(await settings(`${stored.url}?statement_timeout=1000&application_name=one`)).toEqual([
    { statement: '1s', lock: '5s', idle: '30s', name: 'one' },
  ]);
});

test('How far the database’s clock is ahead is measured, or how far behind.', async () => {
  await using stored = await createTestDatabase();
  await using database = await openAt(stored.url);
  const late = { ...systemClock, now: () => plus(new Date(), -90_000) };
  expect(Math.abs((await database.clockLeadMs(late)) - 90_000)).toBeLessThan(2_000);
  expect(Math.abs(await database.clockLeadMs(systemClock))).toBeLessThan(2_000);
});
