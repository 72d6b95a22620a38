import { Migrator } from '@mikro-orm/migrations';
import { entities } from './entities.js';

/** MikroORM's options that do not depend on the database. */
export const commonOptions = {
  entities,
  extensions: [Migrator],
  // Nothing is shared between requests by accident: the root EntityManager refuses to work.
  allowGlobalContext: false,
  // A statement's text holds its values; it goes to no log.
  debug: false,
};

export const commonMigrations = { snapshot: false, emit: 'ts', silent: true } as const;
