import type { EntityManager } from '@mikro-orm/core';

/** More often than this, it is no other transaction that stands in the way. */
const MAXIMUM_TRIES = 5;

/**
 * SQLSTATE of a transaction that failed because of what another one did at the same time: a serialization
 * failure, a deadlock, a row that has just been inserted, a row that has just been deleted.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const CONFLICTS: readonly unknown[] = ['40001', '40P01', '23505', '23503'];

/**
 * Runs `work` as one transaction. It may run several times, so it does nothing but to read and write: what else
 * is to happen comes after it.
 *
 * What it reads and then writes upon it has to lock (`LockMode`, `locksRows`): PostgreSQL's transactions see what
 * others have committed meanwhile. And a statement that fails ends the transaction: nothing is caught within.
 */
export async function unitOfWork<Result>(
  em: EntityManager,
  work: (transaction: EntityManager) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await em.fork().transactional(work);
    } catch (error) {
      if (tries === MAXIMUM_TRIES || !isConflict(error)) throw error;
    }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CONFLICTS.includes(error.code);
}
