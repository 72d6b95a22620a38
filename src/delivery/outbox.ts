import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import type { ExpressionBuilder } from 'kysely';
import type { DueRow } from '../jobs/job.js';
import { kyselyOf } from '../sql/kysely-of.js';
import { locksRows } from '../sql/row-locks.js';
import { storedTime } from '../sql/stored-time.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import { MINUTE, plus } from '../time.js';

/** Outlives the deliveries that are made with one claim. */
const LEASE_MS = MINUTE;

interface OutboxColumns {
  id: number;
  subject: string;
  tries: number;
  retry_at: number | null;
  fence: string | null;
  lease_until: number | null;
  ended_at: number | null;
}

type OutboxTables = Readonly<Record<string, OutboxColumns>>;

/** Subjects that this process delivers, by a claim that no other process has. */
export interface Claim {
  readonly fence: string;
  /** The first row of each: all others of its subject wait for it. */
  readonly heads: ReadonlyArray<{ readonly id: number; readonly subject: string }>;
}

/** What was made of a claim. */
export interface Settlement {
  /** Rows that were delivered, or given up. */
  readonly ended: readonly number[];
  /** Rows that were not taken. */
  readonly postponed: ReadonlyArray<{ readonly id: number; readonly tries: number; readonly retryAt: Date }>;
}

/** A table whose rows are delivered, those of one subject in their order (`delivery-columns.ts`). */
export class Outbox {
  constructor(
    /** A fresh EntityManager for each use. */
    private readonly em: () => EntityManager,
    private readonly table: string,
  ) {}

  /** Up to `limit` subjects whose first row that has not ended is due. */
  async findDue(now: Date, limit: number): Promise<DueRow[]> {
    const heads = await this.#due(this.em(), now)
      .select(['id', 'subject', 'retry_at', 'lease_until'])
      .limit(limit)
      .execute();
    return heads.map(({ id, subject, retry_at, lease_until }) => ({
      id: subject,
      occasion: `${id} ${retry_at ?? ''} ${lease_until ?? ''}`,
    }));
  }

  /**
   * Claims up to `limit` subjects, of those named if any are, whose first row that has not ended is due. Two processes never claim the same
   * one: it is one statement, which passes over what another one is just claiming.
   */
  async claim(now: Date, limit: number, subjects?: readonly string[]): Promise<Claim> {
    const fence = randomUUID();
    const em = this.em();
    const heads = await kyselyOf<OutboxTables>(em)
      .with('due', () =>
        this.#due(em, now, subjects)
          .select('id')
          .limit(limit)
          .$if(locksRows(em), (due) => due.forUpdate().skipLocked()),
      )
      .updateTable(this.table)
      .set({ fence, lease_until: storedTime(em, plus(now, LEASE_MS)) })
      .where('id', 'in', (eb) => eb.selectFrom('due').select('id'))
      .returning(['id', 'subject'])
      .execute();
    return { fence, heads };
  }

  /** The first row of each subject that is open, if it is due. */
  #due(em: EntityManager, now: Date, subjects?: readonly string[]) {
    const { table } = this;
    return kyselyOf<OutboxTables>(em)
      .selectFrom(table)
      .where((row) => isDue(row, storedTime(em, now)))
      .where('id', 'in', (first) =>
        first
          .selectFrom(table)
          .select(({ fn }) => fn.min('id').as('id'))
          .where('ended_at', 'is', null)
          .$if(subjects !== undefined, (open) => open.where('subject', 'in', subjects ?? []))
          .groupBy('subject'),
      )
      .orderBy('id');
  }

  /**
   * Writes down what was made of a claim, and gives it back. What was delivered was, whoever has the claim now;
   * whoever dies before this leaves it to be delivered once more.
   */
  async settle({ fence }: Claim, { ended, postponed }: Settlement, now: Date): Promise<void> {
    const free = { fence: null, lease_until: null };
    await unitOfWork(this.em(), async (transaction) => {
      const update = () => kyselyOf<OutboxTables>(transaction).updateTable(this.table);
      if (ended.length > 0) {
        await update()
          .set({ ended_at: storedTime(transaction, now), ...free })
          .where('id', 'in', ended)
          .execute();
      }
      for (const { id, tries, retryAt } of postponed) {
        await update()
          .set({ tries, retry_at: storedTime(transaction, retryAt), ...free })
          .where('id', '=', id)
          .where('ended_at', 'is', null)
          .execute();
      }
      await update().set(free).where('fence', '=', fence).execute();
    });
  }
}

/** Nobody has it, and its time has come. */
function isDue(row: ExpressionBuilder<OutboxTables, string>, time: number) {
  return row.and([
    row('ended_at', 'is', null),
    row.or([row('retry_at', 'is', null), row('retry_at', '<=', time)]),
    row.or([row('lease_until', 'is', null), row('lease_until', '<=', time)]),
  ]);
}
