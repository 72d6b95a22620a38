import { LockMode, type EntityManager, type FilterQuery } from '@mikro-orm/core';
import type { AccountReferences, NamedAccount } from '../accounts/account-references.js';
import { storedTime } from '../sql/stored-time.js';
import { locksRows } from '../sql/row-locks.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import { WriteBatcher } from '../sql/write-batcher.js';
import { plus } from '../time.js';
import { adoptOrphans } from './adopt-orphans.js';
import { countEvents, eventTables, FEED } from './event-tables.js';
import {
  storeNotifications,
  type ReceivedNotification,
  type StoredNotification,
} from './store-notifications.js';
import { WebhookEvent } from './webhook-event.entity.js';
import { WebhookFeed } from './webhook-feed.entity.js';

/** How many notifications one transaction stores. */
const STORED_TOGETHER = 20;
/** How many rows one statement removes. */
const BATCH_SIZE = 1_000;

export interface EventStoreOptions {
  /** A fresh EntityManager for each use. */
  readonly em: () => EntityManager;
  /** Whether events are forwarded; else they are done with when they are stored. */
  readonly forwards: boolean;
  readonly retentionMs: number;
}

/** The events' table, with the one row that counts them. */
export class EventStore implements AccountReferences {
  readonly #received: WriteBatcher<ReceivedNotification, StoredNotification>;

  constructor(private readonly options: EventStoreOptions) {
    this.#received = new WriteBatcher(
      (notifications) => unitOfWork(options.em(), (em) => storeNotifications(em, notifications, options)),
      STORED_TOGETHER,
    );
  }

  /** When this resolves, the notification is stored. */
  store(notification: ReceivedNotification): Promise<StoredNotification> {
    return this.#received.add(notification);
  }

  async adopt(em: EntityManager, account: NamedAccount): Promise<void> {
    // Waits for a notification that is just being stored; a later one finds the account by itself.
    if (locksRows(em)) await em.findOne(WebhookFeed, { id: FEED }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    await adoptOrphans(em, account);
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
        const rows = await eventTables(em)
          .deleteFrom('webhook_event')
          .where('id', 'in', (eb) =>
            eb
              .selectFrom('webhook_event')
              .select('id')
              .where('received_at', '<', storedTime(em, before))
              .orderBy('received_at')
              .limit(BATCH_SIZE),
          )
          .returning('ended_at')
          .execute();
        const unsent = rows.filter(({ ended_at }) => ended_at === null).length;
        if (unsent > 0) await countEvents(em, { lost: unsent });
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
