import { defineConfig } from '@mikro-orm/sql';
import { commonMigrations, commonOptions } from './common-options.js';
import { sqliteMigrations } from './migrations/sqlite/index.js';
import { SharedSqliteDriver, prepareConnection } from './sqlite-driver.js';

/** MikroORM's options for the SQLite database in the file `path`, which is `exclusive` to this process or is not. */
export function sqliteOptions(path: string, exclusive = false) {
  return defineConfig({
    ...commonOptions,
    driver: SharedSqliteDriver,
    dbName: path,
    onCreateConnection: (connection) => prepareConnection(connection, exclusive),
    // The index of names is the migrations' own: no entity knows of it (`20261129-account-names.ts`).
    schemaGenerator: { skipTables: [/^account_name_t/], ignoreTriggers: true },
    migrations: {
      ...commonMigrations,
      migrationsList: sqliteMigrations,
      path: 'src/database/migrations/sqlite',
    },
  });
}
