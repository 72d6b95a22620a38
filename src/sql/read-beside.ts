import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';

/** A connection that can read committed data at once, beside whatever it does. */
export interface ReadsBeside {
  /** Null when it cannot just now. */
  readBeside(sql: string, parameters: readonly unknown[]): unknown[] | null;
}

/** The connection of `em`, if it is such a one; null for others, and within a transaction, which sees its own. */
export function besideOf(em: EntityManager): ReadsBeside | null {
  if (em.isInTransaction()) return null;
  const connection: object = (em as SqlEntityManager).getConnection();
  return 'readBeside' in connection ? (connection as ReadsBeside) : null;
}
