import { setTimeout } from 'node:timers/promises';
import type { Configuration, Dictionary } from '@mikro-orm/core';
import { AbstractSqlDriver, MikroORM, SqliteConnection, SqlitePlatform } from '@mikro-orm/sqlite';
import { CompiledQuery, type DatabaseConnection, type Dialect, type Kysely, type QueryResult } from 'kysely';

/** How long a statement waits in SQLite for another process's write: nothing else runs in this process meanwhile. */
const BUSY_TIMEOUT_MS = 50;

/** Then everything else has a turn, for so long. */
const BUSY_PAUSE_MS = 50;

/** How often a statement is tried: for six seconds at least, and more where the machine has no time for us. */
const BUSY_TRIES = 60;

/** Kept over all connections: WAL, a sync at each commit, and zeros where something was deleted. */
const PRAGMAS = ['journal_mode = wal', 'synchronous = full', 'foreign_keys = on', 'secure_delete = on'];

const SHARED = [`busy_timeout = ${BUSY_TIMEOUT_MS}`];

/** Said before anything else: SQLite takes the locks that it keeps at its first look into the file. */
const EXCLUSIVE = ['busy_timeout = 0', 'locking_mode = exclusive'];

/** Our settings of SQLite, for every connection that MikroORM opens. */
export async function prepareConnection(connection: unknown, exclusive: boolean): Promise<void> {
  const opened = connection as DatabaseConnection;
  if (!exclusive) waitForOthers(opened);
  for (const pragma of [...(exclusive ? EXCLUSIVE : SHARED), ...PRAGMAS]) {
    await opened.executeQuery(CompiledQuery.raw(`pragma ${pragma}`));
  }
}

/** Makes the connection try a statement again while another process holds the file: it has changed nothing yet. */
function waitForOthers(connection: DatabaseConnection): void {
  const execute = connection.executeQuery.bind(connection);
  connection.executeQuery = async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await execute<Row>(query);
      } catch (error) {
        const busy =
          error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
        if (!busy || tries === BUSY_TRIES) throw error;
      }
      await setTimeout(BUSY_PAUSE_MS);
    }
  };
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

/**
 * Begins every transaction with the write lock. After SQLite's plain `begin`, a transaction that reads first
 * and then writes fails at once, whatever the busy time-out says, when another process wrote in between.
 */
class ImmediateSqliteConnection extends SqliteConnection {
  override createKyselyDialect(options: Dictionary): Dialect {
    const dialect = super.createKyselyDialect(options);
    const createDriver = dialect.createDriver.bind(dialect);
    dialect.createDriver = () => {
      const driver = createDriver();
      driver.beginTransaction = beginImmediately;
      return driver;
    };
    return dialect;
  }
}

async function beginImmediately(connection: DatabaseConnection): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw('begin immediate'));
}

/** MikroORM's SQLite driver on our connection. */
export class ImmediateSqliteDriver extends AbstractSqlDriver<ImmediateSqliteConnection> {
  constructor(config: Configuration) {
    super(config, new SqlitePlatform(), ImmediateSqliteConnection, ['kysely', 'better-sqlite3']);
  }

  override getORMClass(): typeof MikroORM {
    return MikroORM;
  }
}
