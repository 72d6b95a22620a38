import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { sql, type Kysely } from 'kysely';
import type * as configModule from '../../../src/config.js';
import type * as databaseModule from '../../../src/database/database.js';
import { startCluster } from '../../support/postgresql/cluster.ts';
import { builtCode, load } from './built-code.ts';
import { deepPlaces } from './places.ts';
import { questions, type Question } from './questions.ts';
import { seed } from './seed.ts';
import { sizes } from './sizes.ts';
import { isPlanned, WatchedDatabase, type SentStatement } from './watched-database.ts';

/** How often each question is asked, after a first time that does not count. */
const TIMES = 5;
const HOUR_MS = 3_600_000;
/** A question that has taken so long in all is not asked again. */
const PATIENCE_MS = 3_000;

/** A server of some size; a test's own has hardly any memory. */
const POSTGRESQL_SETTINGS = ['shared_buffers=1GB', 'max_wal_size=8GB', 'maintenance_work_mem=256MB'];

export interface ScaleOptions {
  readonly accounts: number;
  /** As `DATABASE_URL` has it; null for one of each kind that is gone afterwards. */
  readonly databaseUrl: string | null;
}

/** Fills databases with accounts, and prints how long the server's questions take in each, and by which index. */
export async function runScale({ accounts, databaseUrl }: ScaleOptions): Promise<void> {
  if (databaseUrl !== null) return measure(databaseUrl, accounts);
  const folder = mkdtempSync(join(tmpdir(), 'moca-scale-'));
  try {
    await measure(`sqlite:${join(folder, 'moca.sqlite')}`, accounts);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await using cluster = await startCluster({ settings: POSTGRESQL_SETTINGS });
  await measure(cluster.url, accounts);
}

async function measure(databaseUrl: string, accounts: number): Promise<void> {
  const now = new Date();
  const kind = databaseUrl.startsWith('sqlite:') ? 'sqlite' : 'postgresql';
  const startedAt = performance.now();
  await fill(databaseUrl, kind, accounts, now);
  print(
    `\n## ${kind}: ${accounts} accounts, seeded in ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`,
  );
  await using database = await open(databaseUrl);
  const kysely = kyselyOf(database);
  await printSizes(kysely, kind);
  const code = await builtCode();
  const watched = new WatchedDatabase(database.em, kind);
  print('| question | median ms | least ms | answered by | scans |');
  print('| --- | --- | --- | --- | --- |');
  for (const question of questions({ code, now, places: await deepPlaces(kysely, accounts) })) {
    await printQuestion(watched, question);
  }
}

async function printQuestion(watched: WatchedDatabase, { name, ask }: Question): Promise<void> {
  const first = await watched.statementsOf(ask);
  const times: number[] = [];
  while (times.length < TIMES && (times.length === 0 || sum(times) < PATIENCE_MS)) {
    times.push(total(await watched.statementsOf(ask)));
  }
  times.sort((one, other) => one - other);
  const indexes = new Set<string>();
  const scanned = new Set<string>();
  for (const statement of first.filter(isPlanned)) {
    const plan = await watched.plan(statement);
    for (const index of plan.indexes) indexes.add(index);
    for (const table of plan.scanned) scanned.add(`**${table}**`);
  }
  const columns = [name, format(times[times.length >> 1]), format(times[0]), list(indexes), list(scanned)];
  print(`| ${columns.join(' | ')} |`);
}

async function fill(databaseUrl: string, kind: 'sqlite' | 'postgresql', accounts: number, now: Date) {
  // One statement makes many rows.
  const patient = `?statement_timeout=${HOUR_MS}&query_timeout=${HOUR_MS}`;
  await using database = await open(kind === 'sqlite' ? databaseUrl : databaseUrl + patient);
  await database.migrate();
  const kysely = kyselyOf(database);
  if (!(await isEmpty(kysely))) return;
  if (kind === 'sqlite') {
    // Only while it is filled.
    await sql`pragma synchronous = off`.execute(kysely);
    await sql`pragma cache_size = -1000000`.execute(kysely);
    await sql`pragma foreign_keys = off`.execute(kysely);
  } else {
    // Who may not say so waits longer: each reference is checked then.
    await sql`set session_replication_role = replica`.execute(kysely).catch(() => undefined);
  }
  await seed({ database: kysely, kind, accounts, now });
  // What PostgreSQL does by itself some minutes later. Nobody does it on SQLite.
  if (kind === 'postgresql') await sql`vacuum analyze`.execute(kysely);
}

/** A database that was filled before is measured as it is. */
async function isEmpty(kysely: Kysely<unknown>): Promise<boolean> {
  const { rows } = await sql`select 1 from instagram_account limit 1`.execute(kysely);
  return rows.length === 0;
}

async function printSizes(kysely: Kysely<unknown>, kind: 'sqlite' | 'postgresql'): Promise<void> {
  print('| table | rows | bytes a row | of that indexes |');
  print('| --- | --- | --- | --- |');
  for (const { table, rows, bytes, indexBytes } of await sizes(kysely, kind)) {
    print(`| ${table} | ${rows} | ${Math.round(bytes / rows)} | ${Math.round(indexBytes / rows)} |`);
  }
  print('');
}

function total(statements: readonly SentStatement[]): number {
  return sum(statements.map(({ milliseconds }) => milliseconds));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => one + other, 0);
}

function list(words: ReadonlySet<string>): string {
  return [...words].join(', ');
}

function format(milliseconds = Number.NaN): string {
  return milliseconds < 10 ? milliseconds.toFixed(2) : milliseconds.toFixed(0);
}

async function open(databaseUrl: string) {
  const { openDatabase } = await load<typeof databaseModule>('database/database.js');
  const { readDatabaseLocation } = await load<typeof configModule>('config.js');
  // One connection, which is watched.
  return openDatabase(readDatabaseLocation({ DATABASE_URL: databaseUrl }), { poolSize: 1 });
}

function kyselyOf({ em }: Awaited<ReturnType<typeof open>>): Kysely<unknown> {
  return (em() as SqlEntityManager).getKysely<unknown>();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
