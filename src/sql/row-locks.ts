import type { EntityManager } from '@mikro-orm/core';
import { isPostgresql } from './dialect.js';

/**
 * Whether rows have to be locked for what was read of them to stay so until the transaction ends. On SQLite the
 * transaction has locked the whole file, and there are no words to lock a row with.
 */
export function locksRows(em: EntityManager): boolean {
  return isPostgresql(em);
}
