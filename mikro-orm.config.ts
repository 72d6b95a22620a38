// For MikroORM's command line only, which makes new migrations (`npm run db:migration:create`). It reads the
// build, because the sources' imports name `.js` files.
import process from 'node:process';
import { ormOptions } from './dist/database/orm-options.js';

export default ormOptions(process.env['MIGRATIONS_DATABASE'] ?? ':memory:');
