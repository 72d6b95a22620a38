import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MikroORM } from '@mikro-orm/sql';
import pg from 'pg';
import { expect, test } from 'vitest';
import { postgresqlMigrations } from '../../src/database/migrations/postgresql/index.js';
import { postgresqlMigrationOptions } from '../../src/database/postgresql-options.js';
import { Secret } from '../../src/secret.js';
import { anAccount, insertAccounts } from '../support/accounts.js';
import { createEmptyPostgresql, openAt } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { administrate } from '../support/postgresql/cluster.js';
import { runSql } from '../support/sql.js';

const migrateScript = join(import.meta.dirname, '..', '..', 'dist', 'database', 'migrate.main.js');
const environment = (url: string) => ({ PATH: process.env['PATH'], DATABASE_URL: url });

test('An empty database gets every migration, and a second start none.', async () => {
  await using empty = await createEmptyPostgresql();
  {
    await using first = await openAt(empty.url);
    expect(await first.migrate()).toBe(postgresqlMigrations.length);
    expect(await first.migrate()).toBe(0);
    await insertAccounts(first, [anAccount({ accountId: '1' })]);
  }
  await using second = await openAt(empty.url);
  expect(await second.migrate()).toBe(0);
  expect(await runSql({ databaseUrl: empty.url }, 'select account_id from instagram_account')).toEqual([
    { account_id: '1' },
  ]);
});

test('What the migrations make is what the entities say: there is nothing left to change.', async () => {
  await using empty = await createEmptyPostgresql();
  const orm = await MikroORM.init(postgresqlMigrationOptions(new Secret(empty.url)));
  try {
    expect((await orm.schema.getUpdateSchemaSQL()).length).toBeGreaterThan(1_000);
    await orm.migrator.up();
    expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
  } finally {
    await orm.close();
  }
});

test('Of four processes that start on an empty database at once one migrates, and the others wait for it.', async () => {
  await using empty = await createEmptyPostgresql();
  const run = () => promisify(execFile)(process.execPath, [migrateScript], { env: environment(empty.url) });
  const ends = await Promise.all(Array.from({ length: 4 }, run));
  expect(ends.map(({ stdout, stderr }) => stdout.trim() + stderr).toSorted()).toEqual([
    `${postgresqlMigrations.length} migrations applied.`,
    ...Array.from({ length: 3 }, () => 'The database is up to date.'),
  ]);
});

test('A process that is killed midway leaves nothing behind, and the next one migrates from the start.', async () => {
  await using empty = await createEmptyPostgresql();
  const blocker = new pg.Client(empty.url);
  await blocker.connect();
  // The name of one of the last tables is taken for now: the migration stands before it.
  await blocker.query('begin');
  await blocker.query('create table notice (id int)');
  const victim = spawn(process.execPath, [migrateScript], { env: environment(empty.url), stdio: 'ignore' });
  await eventually(async () => {
    const waiting =
      'select 1 from pg_stat_activity where datname = current_database() and wait_event_type = ';
    expect(await administrate(empty.url, `${waiting} 'Lock'`)).toHaveLength(1);
  });
  victim.kill('SIGKILL');
  await once(victim, 'exit');
  await blocker.query('rollback');
  await blocker.end();
  const tables = "select table_name from information_schema.tables where table_name = 'instagram_account'";
  expect(await administrate(empty.url, tables)).toEqual([]);
  await using database = await openAt(empty.url);
  expect(await database.migrate()).toBe(postgresqlMigrations.length);
});

test('Every order of the list of accounts, the history, and what is due, is answered from an index.', async () => {
  // One that no test has used: what PostgreSQL knows of its tables decides its plans.
  await using stored = await createEmptyPostgresql();
  {
    await using database = await openAt(stored.url);
    await database.migrate();
  }
  const client = new pg.Client(stored.url);
  await client.connect();
  await client.query('set enable_seqscan = off; set enable_sort = off; set enable_bitmapscan = off');
  const plan = async (query: string): Promise<string> => {
    const { rows } = await client.query<Record<string, string>>(`explain ${query}`);
    return rows.map((row) => row['QUERY PLAN'] ?? '').join('\n');
  };
  for (const [column, value] of [
    ['connected_at', 'now()'],
    ['account_name', "'x'"],
    ['expiry_order', '1'],
  ] as const) {
    for (const [direction, operator] of [
      ['asc', '>'],
      ['desc', '<'],
    ]) {
      const steps = await plan(
        `select * from instagram_account where (${column}, account_id) ${operator} (${value}, '1')
         order by ${column} ${direction}, account_id ${direction} limit 21`,
      );
      expect(steps).toMatch(/Index Scan (Backward )?using instagram_account_(newest|name|expiry)/);
      expect(steps).toContain(`Index Cond: (ROW(${column}, account_id) ${operator}`);
    }
  }
  expect(
    await plan("select * from account_event where account_id = '1' and id < 9 order by id desc limit 21"),
  ).toContain('Index Scan Backward using account_event_history');
  expect(
    await plan(
      'select account_id from instagram_account where next_refresh_at <= now() order by next_refresh_at limit 50',
    ),
  ).toContain('Index Scan using instagram_account_due');
  expect(
    await plan(
      'select account_id from instagram_account where state_check_at <= now() order by state_check_at limit 50',
    ),
  ).toContain('Index Scan using instagram_account_state_check');
  await client.end();
});
