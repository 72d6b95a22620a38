import type { EntityManager } from '@mikro-orm/core';
import { BasePostgreSqlPlatform } from '@mikro-orm/sql';

/** Whether it is a PostgreSQL database, for the few statements that SQLite says in another way. */
export function isPostgresql(em: EntityManager): boolean {
  return em.getPlatform() instanceof BasePostgreSqlPlatform;
}
