import type { EntityManager } from '@mikro-orm/core';
import { isPostgresql } from './dialect.js';
import { unitOfWork } from './unit-of-work.js';
import { WriteBatcher } from './write-batcher.js';

/** How many units of work one transaction holds: whoever only reads waits for all of them. */
const WORKED_TOGETHER = 100;

type Work<Result> = (transaction: EntityManager) => Promise<Result>;

/**
 * Units of work that come at the same time, with one commit for all of them on SQLite: each is a sync to the disk, and
 * nothing else runs in this process meanwhile. Each is as a whole or not at all, and hears of its end when that is
 * certain; when one fails, all of that transaction are begun again, each by itself.
 *
 * PostgreSQL has a connection for each of them, and joins their commits itself.
 */
export class GroupCommit {
  readonly #together: WriteBatcher<Work<unknown>, unknown>;
  readonly #areShared: boolean;

  constructor(
    /** A fresh EntityManager for each use. */
    private readonly em: () => EntityManager,
  ) {
    this.#areShared = !isPostgresql(em());
    this.#together = new WriteBatcher(
      (works) =>
        unitOfWork(em(), async (transaction) => {
          const results: unknown[] = [];
          for (const work of works) results.push(await work(transaction));
          return results;
        }),
      WORKED_TOGETHER,
    );
  }

  /** Statements that go around the entities; on PostgreSQL each stands by itself. They may run several times. */
  write<Result>(statements: Work<Result>): Promise<Result> {
    return this.#areShared ? (this.#together.add(statements) as Promise<Result>) : statements(this.em());
  }

  /** A unit of work, with entities of its own if it has any. It may run several times (`unit-of-work.ts`). */
  run<Result>(work: Work<Result>): Promise<Result> {
    if (!this.#areShared) return unitOfWork(this.em(), work);
    return this.#together.add(async (transaction) => {
      const own = transaction.fork({ keepTransactionContext: true });
      const result = await work(own);
      await own.flush();
      return result;
    }) as Promise<Result>;
  }
}
