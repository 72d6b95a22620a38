import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { MikroORM } from '@mikro-orm/sql';
import type { Database } from './database-handle.js';
import { sqliteMigrations } from './migrations/sqlite/index.js';
import { requireConnection, unusable } from './require-connection.js';
import { appliedMigrations, isExactly } from './schema-state.js';
import { sqliteOptions } from './sqlite-options.js';
import { emptyWriteAheadLog } from './sqlite-driver.js';
import { refuseUnfinishedCopy } from './unfinished-copy.js';

const MIGRATION_TRIES = 3;

/**
 * Opens the SQLite database in the file `path`, and makes the file and its folder if they are not there.
 *
 * @throws ConfigError when there is no opening it
 */
export async function openSqlite(path: string, exclusive = false): Promise<Database> {
  prepareFile(path);
  const orm = await MikroORM.init(sqliteOptions(path, exclusive));
  await requireConnection(orm, { kind: 'sqlite', path });
  const opened = fileId(path);
  return {
    em: () => orm.em.fork(),
    migrate: async (options) => {
      if (options === undefined) await refuseUnfinishedCopy(orm.em.fork());
      return migrate(orm);
    },
    hasCurrentSchema: async () => isExactly(await appliedMigrations(orm.em.fork()), sqliteMigrations),
    // What is written to a file that was removed or replaced is lost.
    isReachable: async () => fileId(path) === opened && (await orm.isConnected()),
    clockLeadMs: () => Promise.resolve(0),
    eraseDeleted: () => emptyWriteAheadLog(orm.em.fork().getKysely()),
    [Symbol.asyncDispose]: () => orm.close(true),
  };
}

/**
 * Another process that starts at the same time may be faster: then ours fail as a whole, and are none the next
 * time.
 */
async function migrate(orm: MikroORM): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await orm.migrator.up()).length;
    } catch (error) {
      if (attempt === MIGRATION_TRIES) throw error;
    }
  }
}

/** The database holds personal data and sealed tokens: nobody but its owner may read it. */
function prepareFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
  } catch (error) {
    throw unusable(error, { kind: 'sqlite', path });
  }
}

/** Tells a file from another one at the same path; null when there is none. */
function fileId(path: string): string | null {
  const file = statSync(path, { throwIfNoEntry: false });
  return file === undefined ? null : `${file.dev}:${file.ino}`;
}
