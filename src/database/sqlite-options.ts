import { defineConfig } from '@mikro-orm/sql';
import { commonMigrations, commonOptions } from './common-options.js';
import { sqliteMigrations } from './migrations/sqlite/index.js';
import { ImmediateSqliteDriver, prepareConnection } from './sqlite-driver.js';

/** MikroORM's options for the SQLite database in the file `path`. */
export function sqliteOptions(path: string) {
  return defineConfig({
    ...commonOptions,
    driver: ImmediateSqliteDriver,
    dbName: path,
    onCreateConnection: prepareConnection,
    migrations: {
      ...commonMigrations,
      migrationsList: sqliteMigrations,
      path: 'src/database/migrations/sqlite',
    },
  });
}
