import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { findEntryAccounts } from '../accounts/entry-accounts.js';
import { storedTime } from '../sql/stored-time.js';
import { countEvents, eventTables, FEED } from './event-tables.js';
import type { Notification, Update } from './read-notification.js';

/** How many rows one statement writes. */
const BATCH_SIZE = 1_000;

export interface ReceivedNotification extends Notification {
  readonly receivedAt: Date;
}

export interface StoredNotification {
  readonly stored: number;
  /** Of the stored ones, those whose id no account has. */
  readonly unknownAccounts: number;
  readonly repeated: number;
  readonly unreadable: number;
}

/**
 * Within the caller's transaction: take the feed's row (whoever stores too waits until this is done) → find the
 * accounts → insert what is new → count.
 *
 * @returns what came of each notification
 */
export async function storeNotifications(
  em: EntityManager,
  notifications: readonly ReceivedNotification[],
  { forwards }: { readonly forwards: boolean },
): Promise<StoredNotification[]> {
  const tables = eventTables(em);
  const lastReceivedAt =
    notifications
      .map(({ receivedAt }) => receivedAt)
      .toSorted(byTime)
      .at(-1) ?? null;
  await tables
    .updateTable('webhook_feed')
    .set({ last_received_at: lastReceivedAt && storedTime(em, lastReceivedAt) })
    .where('id', '=', FEED)
    .execute();
  const entryIds = notifications.flatMap(({ updates }) => updates.map(({ entryId }) => entryId));
  const accounts = await findEntryAccounts(em, [...new Set(entryIds)]);
  const rows = notifications.flatMap(({ updates, receivedAt }) =>
    updates.map((update) => toRow(em, update, accounts.get(update.entryId) ?? null, receivedAt, forwards)),
  );
  const fresh = new Set<string>();
  for (let start = 0; start < rows.length; start += BATCH_SIZE) {
    const inserted = await tables
      .insertInto('webhook_event')
      .values(rows.slice(start, start + BATCH_SIZE))
      .onConflict((conflict) => conflict.column('key').doNothing())
      .returning('key')
      .execute();
    for (const { key } of inserted) fresh.add(key);
  }
  const results = notifications.map(({ updates, unreadable }) => {
    // The first that brings an update stores it; all others repeat it.
    const stored = updates.filter(({ key }) => fresh.delete(key));
    return {
      stored: stored.length,
      unknownAccounts: stored.filter(({ entryId }) => !accounts.has(entryId)).length,
      repeated: updates.length - stored.length,
      unreadable,
    };
  });
  await countEvents(em, total(results));
  return results;
}

function byTime(one: Date, other: Date): number {
  return one.getTime() - other.getTime();
}

function toRow(
  em: EntityManager,
  update: Update,
  accountId: string | null,
  receivedAt: Date,
  forwards: boolean,
) {
  const { key, entryId, object, field, isEcho, occurredAt, payload } = update;
  return {
    key,
    account_id: accountId,
    entry_id: entryId,
    object,
    field,
    // As a word of the statement: SQLite's driver takes no truth values.
    is_echo: sql.lit(isEcho),
    occurred_at: storedTime(em, occurredAt),
    received_at: storedTime(em, receivedAt),
    payload,
    subject: accountId ?? entryId,
    tries: 0,
    ended_at: forwards ? null : storedTime(em, receivedAt),
  };
}

function total(results: readonly StoredNotification[]): StoredNotification {
  const sum = (of: keyof StoredNotification): number => results.reduce((all, one) => all + one[of], 0);
  return {
    stored: sum('stored'),
    unknownAccounts: sum('unknownAccounts'),
    repeated: sum('repeated'),
    unreadable: sum('unreadable'),
  };
}
