import { setTimeout } from 'node:timers/promises';
import type { Configuration, Dictionary } from '@mikro-orm/core';
import { AbstractSqlDriver, MikroORM, SqliteConnection, SqlitePlatform } from '@mikro-orm/sqlite';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteDialect,
  type DatabaseConnection,
  type Dialect,
  type Kysely,
} from 'kysely';
import type { ReadsBeside } from '../sql/read-beside.js';
import { keepingStatements } from './kept-statements.js';
import { SqliteReader } from './sqlite-reader.js';
import { BUSY_MS, BUSY_PAUSE_MS, isBusy, sharing } from './sqlite-sharing.js';
import { releasingOnFailure } from './releasing-on-failure.js';

/** How long a statement waits in SQLite for another process's write: nothing else runs in this process meanwhile. */
const BUSY_TIMEOUT_MS = 50;

/** Of the file's pages so many KiB are kept in memory: with the ids of a million accounts in it, none is looked for. */
const CACHE_KIB = 65_536;

/** WAL, a sync at each commit, and zeros where something was deleted. */
const PRAGMAS = [
  'journal_mode = wal',
  'synchronous = full',
  'foreign_keys = on',
  'secure_delete = on',
  `cache_size = -${CACHE_KIB}`,
];

const SHARED = [`busy_timeout = ${BUSY_TIMEOUT_MS}`];

/** Said before anything else: SQLite takes the locks that it keeps at its first look into the file. */
const EXCLUSIVE = ['busy_timeout = 0', 'locking_mode = exclusive'];

/** Our settings of SQLite, for every connection that MikroORM opens. */
export async function prepareConnection(connection: unknown, exclusive: boolean): Promise<void> {
  const opened = connection as DatabaseConnection;
  const deadline = performance.now() + (exclusive ? 0 : BUSY_MS);
  for (const pragma of [...(exclusive ? EXCLUSIVE : SHARED), ...PRAGMAS]) {
    while (!(await isSaid(opened, pragma, deadline))) await setTimeout(BUSY_PAUSE_MS);
  }
}

/** Whether no other process stood in the way; throws when one does for too long. */
async function isSaid(connection: DatabaseConnection, pragma: string, deadline: number): Promise<boolean> {
  try {
    await connection.executeQuery(CompiledQuery.raw(`pragma ${pragma}`));
    return true;
  } catch (error) {
    if (!isBusy(error) || performance.now() > deadline) throw error;
    return false;
  }
}

/**
 * Empties the write-ahead log, which holds copies of what was deleted since. Another process that is at the
 * database may prevent it: then the log is emptied later, when SQLite does so by itself.
 */
export async function emptyWriteAheadLog(database: Kysely<unknown>): Promise<void> {
  // One connection for all three: nothing else may run with the short time-out.
  await database.connection().execute(async (connection) => {
    const run = (pragma: string): Promise<unknown> =>
      connection.executeQuery(CompiledQuery.raw(`pragma ${pragma}`));
    // It would wait in SQLite, and the whole process with it.
    await run('busy_timeout = 0');
    try {
      await run('wal_checkpoint(truncate)');
    } finally {
      await run(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  });
}

/** Its lock is ours. */
class SharedSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class SharedSqliteConnection extends SqliteConnection implements ReadsBeside {
  #reader: SqliteReader | null = null;

  readBeside(sql: string, parameters: readonly unknown[]): unknown[] | null {
    return this.#reader?.all(sql, parameters) ?? null;
  }

  override async close(force?: boolean): Promise<void> {
    this.#reader?.close();
    this.#reader = null;
    await super.close(force);
  }

  override createKyselyDialect(options: Dictionary): Dialect {
    // Opens the file.
    super.createKyselyDialect(options);
    const { memory, name } = this['database'];
    // The same file, also when there is another one at its path some day.
    this.#reader = memory ? null : new SqliteReader(name);
    const dialect = new SqliteDialect({
      database: keepingStatements(this['database']),
      onCreateConnection: this.config.get('onCreateConnection'),
    });
    const createDriver = dialect.createDriver.bind(dialect);
    dialect.createDriver = () => releasingOnFailure(sharing(createDriver()));
    dialect.createAdapter = () => new SharedSqliteAdapter();
    return dialect;
  }
}

/** MikroORM's SQLite driver on our connection. */
export class SharedSqliteDriver extends AbstractSqlDriver<SharedSqliteConnection> {
  constructor(config: Configuration) {
    super(config, new SqlitePlatform(), SharedSqliteConnection, ['kysely', 'better-sqlite3']);
  }

  override getORMClass(): typeof MikroORM {
    return MikroORM;
  }
}
