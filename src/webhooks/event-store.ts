import { LockMode, type EntityManager, type FilterQuery } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { sql, type Generated, type Kysely } from 'kysely';
import type { AccountReferences, NamedAccount } from '../accounts/account-references.js';
import { findEntryAccounts } from '../accounts/entry-accounts.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import { plus } from '../time.js';
import type { Notification, Update } from './read-notification.js';
import { WebhookEvent } from './webhook-event.entity.js';
import { WebhookFeed } from './webhook-feed.entity.js';

/** How many rows one statement writes or removes. */
const BATCH_SIZE = 1_000;

const FEED = 'events';

interface EventColumns {
  id: Generated<number>;
  key: string;
  account_id: string | null;
  entry_id: string;
  object: string;
  field: string;
  is_echo: boolean;
  occurred_at: Date;
  received_at: Date;
  payload: string;
  subject: string;
  tries: number;
  ended_at: Date | null;
}

interface FeedColumns {
  id: string;
  last_received_at: Date | null;
  stored: number;
  unknown_accounts: number;
  repeated: number;
  unreadable: number;
  lost: number;
}

interface WebhookTables {
  webhook_event: EventColumns;
  webhook_feed: FeedColumns;
}

export interface StoredNotification {
  readonly stored: number;
  /** Of the stored ones, those whose id no account has. */
  readonly unknownAccounts: number;
  readonly repeated: number;
  readonly unreadable: number;
}

export interface EventStoreOptions {
  /** A fresh EntityManager for each use. */
  readonly em: () => EntityManager;
  /** Whether events are forwarded; else they are done with when they are stored. */
  readonly forwards: boolean;
  readonly retentionMs: number;
}

/** The events' table, with the one row that counts them. */
export class EventStore implements AccountReferences {
  constructor(private readonly options: EventStoreOptions) {}

  /**
   * In one transaction: take the feed's row (whoever stores too waits until this is done) → find the accounts →
   * insert what is new → count.
   */
  async store({ updates, unreadable }: Notification, receivedAt: Date): Promise<StoredNotification> {
    return unitOfWork(this.options.em(), async (em) => {
      const tables = tablesOf(em);
      await tables
        .updateTable('webhook_feed')
        .set({ last_received_at: receivedAt })
        .where('id', '=', FEED)
        .execute();
      const accounts = await findEntryAccounts(em, [...new Set(updates.map(({ entryId }) => entryId))]);
      const rows = updates.map((update) =>
        this.#toRow(update, accounts.get(update.entryId) ?? null, receivedAt),
      );
      const inserted: Array<{ account_id: string | null }> = [];
      for (let start = 0; start < rows.length; start += BATCH_SIZE) {
        const fresh = await tables
          .insertInto('webhook_event')
          .values(rows.slice(start, start + BATCH_SIZE))
          .onConflict((conflict) => conflict.column('key').doNothing())
          .returning('account_id')
          .execute();
        inserted.push(...fresh);
      }
      const counts = {
        stored: inserted.length,
        unknownAccounts: inserted.filter(({ account_id }) => account_id === null).length,
        repeated: updates.length - inserted.length,
        unreadable,
      };
      await count(em, counts);
      return counts;
    });
  }

  #toRow(update: Update, accountId: string | null, receivedAt: Date) {
    const { key, entryId, object, field, isEcho, occurredAt, payload } = update;
    return {
      key,
      account_id: accountId,
      entry_id: entryId,
      object,
      field,
      // As a word of the statement: SQLite's driver takes no truth values.
      is_echo: sql.lit(isEcho),
      occurred_at: occurredAt,
      received_at: receivedAt,
      payload,
      subject: accountId ?? entryId,
      tries: 0,
      ended_at: this.options.forwards ? null : receivedAt,
    };
  }

  async adopt(em: EntityManager, account: NamedAccount): Promise<void> {
    const { accountId } = account;
    // What is just being stored is stored first, or knows the account.
    await em.findOne(WebhookFeed, { id: FEED }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    // With the subject, so that nothing newer overtakes what is still to be forwarded.
    await em.nativeUpdate(WebhookEvent, orphansOf(account), { account: accountId, subject: accountId });
  }

  async move(em: EntityManager, from: string, to: string): Promise<void> {
    await em.nativeUpdate(WebhookEvent, { account: from }, { account: to, subject: to });
  }

  async forget(em: EntityManager, account: NamedAccount): Promise<void> {
    await em.nativeDelete(WebhookEvent, { $or: [{ account: account.accountId }, orphansOf(account)] });
  }

  /** Removes what came for these ids and for no account, as part of the caller's transaction. */
  async forgetEntries(em: EntityManager, entryIds: readonly string[]): Promise<void> {
    await em.nativeDelete(WebhookEvent, orphans(entryIds));
  }

  /**
   * Removes the events whose time is over. That is a promise about personal data, so it holds for those that
   * could not be forwarded, too: they are counted as lost.
   *
   * @returns how many were lost
   */
  async prune(now: Date): Promise<number> {
    const before = plus(now, -this.options.retentionMs);
    let lost = 0;
    for (;;) {
      const removed = await unitOfWork(this.options.em(), async (em) => {
        const rows = await tablesOf(em)
          .deleteFrom('webhook_event')
          .where('id', 'in', (eb) =>
            eb
              .selectFrom('webhook_event')
              .select('id')
              .where('received_at', '<', before)
              .orderBy('received_at')
              .limit(BATCH_SIZE),
          )
          .returning('ended_at')
          .execute();
        const unsent = rows.filter(({ ended_at }) => ended_at === null).length;
        if (unsent > 0) await count(em, { lost: unsent });
        lost += unsent;
        return rows.length;
      });
      if (removed < BATCH_SIZE) return lost;
    }
  }

  feed(): Promise<WebhookFeed> {
    return this.options.em().findOneOrFail(WebhookFeed, { id: FEED });
  }
}

/** Events of these ids that no account had when they came. */
function orphans(entryIds: readonly string[]): FilterQuery<WebhookEvent> {
  return { account: null, entryId: { $in: [...entryIds] } };
}

function orphansOf({ professionalAccountId, pageId }: NamedAccount): FilterQuery<WebhookEvent> {
  return orphans([professionalAccountId, pageId].filter((id) => id != null));
}

type Counts = Partial<Record<'stored' | 'unknownAccounts' | 'repeated' | 'unreadable' | 'lost', number>>;

async function count(em: EntityManager, counts: Counts): Promise<void> {
  const { stored = 0, unknownAccounts = 0, repeated = 0, unreadable = 0, lost = 0 } = counts;
  await tablesOf(em)
    .updateTable('webhook_feed')
    .set((feed) => ({
      stored: feed('stored', '+', stored),
      unknown_accounts: feed('unknown_accounts', '+', unknownAccounts),
      repeated: feed('repeated', '+', repeated),
      unreadable: feed('unreadable', '+', unreadable),
      lost: feed('lost', '+', lost),
    }))
    .where('id', '=', FEED)
    .execute();
}

function tablesOf(em: EntityManager): Kysely<WebhookTables> {
  return (em as SqlEntityManager).getKysely<WebhookTables, { convertValues: true }>({ convertValues: true });
}
