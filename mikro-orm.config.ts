// For MikroORM's command line only, which makes new migrations (`npm run db:migration:create`) for the database
// that MIGRATIONS_DATABASE names: the path of an SQLite file, or a postgresql URL. It reads the build, because the
// sources' imports name `.js` files.
import process from 'node:process';
import { postgresqlMigrationOptions } from './dist/database/postgresql-options.js';
import { sqliteOptions } from './dist/database/sqlite-options.js';
import { Secret } from './dist/secret.js';

const database = process.env['MIGRATIONS_DATABASE'] ?? ':memory:';

export default database.startsWith('postgres')
  ? postgresqlMigrationOptions(new Secret(database))
  : sqliteOptions(database);
