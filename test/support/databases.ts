import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { readDatabaseLocation } from '../../src/config.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import { memoryFolder } from './memory-folder.js';
import { createEmptyDatabase, giveBack, takeDatabase } from './postgresql/database-pool.js';

/** Enough for what a test does at the same time, and little for all that run beside it. */
const POOL_SIZE = 5;

/** The run's PostgreSQL server; undefined in the project whose tests run on SQLite. */
const server = inject('postgresql');

/** Whether this file's tests run on PostgreSQL. */
export const testsPostgresql = server !== undefined;

/** An empty database with all its tables, gone at the end of the test. */
export interface TestDatabase extends AsyncDisposable {
  /** As `DATABASE_URL` has it. */
  readonly url: string;
}

export async function createTestDatabase(): Promise<TestDatabase> {
  if (server === undefined) {
    const folder = mkdtempSync(join(memoryFolder, 'moca-'));
    return {
      url: `sqlite:${join(folder, 'data', 'moca.sqlite')}`,
      [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
    };
  }
  const url = await takeDatabase(server);
  return { url, [Symbol.asyncDispose]: () => giveBack(server, url) };
}

/** A PostgreSQL database without tables, for tests that are about that. */
export function createEmptyPostgresql(): Promise<TestDatabase> {
  if (server === undefined) throw new Error('This test is about PostgreSQL.');
  return createEmptyDatabase(server);
}

/** The database at a URL as `DATABASE_URL` has it. */
export function openAt(url: string, poolSize = POOL_SIZE): Promise<Database> {
  return openDatabase(readDatabaseLocation({ DATABASE_URL: url }), { poolSize });
}

/** The file of an app's SQLite database, for tests that are about files. */
export function databaseFile({ databaseUrl }: { readonly databaseUrl: string }): string {
  if (!databaseUrl.startsWith('sqlite:')) throw new Error('This test is about an SQLite file.');
  return databaseUrl.slice('sqlite:'.length);
}

/** The database in the SQLite file `path`, for tests that are about files. */
export function openFile(path: string): Promise<Database> {
  return openDatabase({ kind: 'sqlite', path });
}
