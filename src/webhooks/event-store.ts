import { LockMode, type EntityManager, type FilterQuery } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Kysely } from 'kysely';
import type { AccountReferences, NamedAccount } from '../accounts/account-references.js';
import { findEntryAccounts } from '../accounts/entry-accounts.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import { plus } from '../time.js';
import type { Notification, Update } from './read-notification.js';
import { WebhookEvent } from './webhook-event.entity.js';
import { WebhookFeed } from './webhook-feed.entity.js';

/** How many rows one statement finds, writes or removes. */
const BATCH_SIZE = 1_000;

const FEED = 'events';

interface EventColumns {
  id: number;
  received_at: Date;
  ended_at: Date | null;
}

interface FeedColumns {
  id: string;
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
      await em.nativeUpdate(WebhookFeed, { id: FEED }, { lastReceivedAt: receivedAt });
      const fresh = await withoutStored(em, updates);
      const accounts = await findEntryAccounts(em, [...new Set(fresh.map(({ entryId }) => entryId))]);
      const rows = fresh.map((update) =>
        this.#toRow(update, accounts.get(update.entryId) ?? null, receivedAt),
      );
      for (const batch of batches(rows)) await em.insertMany(WebhookEvent, batch);
      const counts = {
        stored: rows.length,
        unknownAccounts: rows.filter(({ account }) => account === null).length,
        repeated: updates.length - rows.length,
        unreadable,
      };
      await count(em, counts);
      return counts;
    });
  }

  #toRow(update: Update, account: string | null, receivedAt: Date) {
    return {
      ...update,
      account,
      receivedAt,
      subject: account ?? update.entryId,
      tries: 0,
      endedAt: this.options.forwards ? null : receivedAt,
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

/** The updates that were not stored before, each once. */
async function withoutStored(em: EntityManager, updates: readonly Update[]): Promise<Update[]> {
  const fresh = new Map(updates.map((update) => [update.key, update]));
  for (const keys of batches([...fresh.keys()])) {
    const stored = await em.find(
      WebhookEvent,
      { key: { $in: keys } },
      { fields: ['key'], disableIdentityMap: true },
    );
    for (const { key } of stored) fresh.delete(key);
  }
  return [...fresh.values()];
}

function batches<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / BATCH_SIZE) }, (_, index) =>
    items.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
  );
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
