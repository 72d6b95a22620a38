import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { ExpressionBuilder, Kysely } from 'kysely';
import { locksRows } from '../sql/row-locks.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import { MINUTE, plus } from '../time.js';

/** Outlives a delivery. */
const LEASE_MS = MINUTE;

interface OutboxColumns {
  id: number;
  subject: string;
  tries: number;
  retry_at: Date | null;
  fence: string | null;
  lease_until: Date | null;
  ended_at: Date | null;
}

type OutboxTables = Readonly<Record<string, OutboxColumns>>;

/** A row that this process sends, by a claim that no other process has: all of its subject wait for it. */
export interface ClaimedRow {
  readonly id: number;
  readonly subject: string;
  /** How often it was sent in vain. */
  readonly tries: number;
  readonly fence: string;
}

/** A table whose rows are delivered, those of one subject in their order (`delivery-columns.ts`). */
export class Outbox {
  constructor(
    /** A fresh EntityManager for each use. */
    private readonly em: () => EntityManager,
    private readonly table: string,
  ) {}

  /**
   * Claims up to `limit` rows that are due: of each subject only the first that has not ended. Two processes
   * never claim the same one: it is one statement, which passes over what another one is just claiming.
   */
  async claim(now: Date, limit: number): Promise<ClaimedRow[]> {
    const fence = randomUUID();
    const { table } = this;
    const em = this.em();
    const rows = await tablesOf(em)
      .with('due', (tables) =>
        tables
          .selectFrom(table)
          .select('id')
          .where((row) => isDue(row, now))
          .where('id', 'in', (first) =>
            first
              .selectFrom(table)
              .select(({ fn }) => fn.min('id').as('id'))
              .where('ended_at', 'is', null)
              .groupBy('subject'),
          )
          .orderBy('id')
          .limit(limit)
          .$if(locksRows(em), (due) => due.forUpdate().skipLocked()),
      )
      .updateTable(table)
      .set({ fence, lease_until: plus(now, LEASE_MS) })
      .where('id', 'in', (eb) => eb.selectFrom('due').select('id'))
      .returning(['id', 'subject', 'tries'])
      .execute();
    return rows.map((row) => ({ ...row, fence }));
  }

  /**
   * The row was delivered, or given up. Gives the next one of its subject, which the same claim now holds; null
   * when there is none, or the claim was lost.
   */
  async end({ id, subject, fence }: ClaimedRow, now: Date): Promise<ClaimedRow | null> {
    return unitOfWork(this.em(), async (transaction) => {
      const tables = tablesOf(transaction);
      const { numUpdatedRows } = await tables
        .updateTable(this.table)
        .set({ ended_at: now, fence: null, lease_until: null })
        .where('id', '=', id)
        .where('fence', '=', fence)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) return null;
      const next = await tables
        .updateTable(this.table)
        .set({ fence, lease_until: plus(now, LEASE_MS) })
        .where((row) => isDue(row, now))
        .where('id', '=', (eb) =>
          eb
            .selectFrom(this.table)
            .select(({ fn }) => fn.min('id').as('id'))
            .where('ended_at', 'is', null)
            .where('subject', '=', subject),
        )
        .returning(['id', 'tries'])
        .executeTakeFirst();
      return next === undefined ? null : { ...next, subject, fence };
    });
  }

  /** It was not taken: its subject waits until `retryAt`. */
  async postpone({ id, fence, tries }: ClaimedRow, retryAt: Date): Promise<void> {
    await this.#write(id, fence, { tries: tries + 1, retry_at: retryAt });
  }

  /** Gives a claim back, with nothing done. */
  async release({ id, fence }: ClaimedRow): Promise<void> {
    await this.#write(id, fence, {});
  }

  async #write(id: number, fence: string, changes: Partial<OutboxColumns>): Promise<void> {
    await this.#tables()
      .updateTable(this.table)
      .set({ ...changes, fence: null, lease_until: null })
      .where('id', '=', id)
      .where('fence', '=', fence)
      .execute();
  }

  #tables(): Kysely<OutboxTables> {
    return tablesOf(this.em());
  }
}

/** Nobody has it, and its time has come. */
function isDue(row: ExpressionBuilder<OutboxTables, string>, now: Date) {
  return row.and([
    row('ended_at', 'is', null),
    row.or([row('retry_at', 'is', null), row('retry_at', '<=', now)]),
    row.or([row('lease_until', 'is', null), row('lease_until', '<=', now)]),
  ]);
}

function tablesOf(em: EntityManager): Kysely<OutboxTables> {
  return (em as SqlEntityManager).getKysely<OutboxTables, { convertValues: true }>({ convertValues: true });
}
