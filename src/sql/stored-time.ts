import type { EntityManager } from '@mikro-orm/core';

/**
 * A time as a parameter of a query that goes around the entities. Read, it is milliseconds since 1970 on both
 * databases; written or compared, SQLite takes those, and PostgreSQL a date.
 */
export function storedTime(em: EntityManager, time: Date): number {
  return em.getPlatform().processDateProperty(time) as number;
}
