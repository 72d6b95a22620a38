import { defineConfig } from '@mikro-orm/sql';
import { Migrator } from '@mikro-orm/migrations';
import { entities } from './entities.js';
import { sqliteMigrations } from './migrations/sqlite/index.js';
import { ImmediateSqliteDriver, prepareConnection } from './sqlite-driver.js';

/** MikroORM's options for the SQLite database in the file `path`. */
export function ormOptions(path: string) {
  return defineConfig({
    driver: ImmediateSqliteDriver,
    dbName: path,
    entities,
    extensions: [Migrator],
    onCreateConnection: prepareConnection,
    // Nothing is shared between requests by accident: the root EntityManager refuses to work.
    allowGlobalContext: false,
    // A statement's text holds its values; it goes to no log.
    debug: false,
    migrations: {
      migrationsList: sqliteMigrations,
      snapshot: false,
      path: 'src/database/migrations/sqlite',
      emit: 'ts',
      silent: true,
    },
  });
}
