import type { EntityManager } from '@mikro-orm/core';
import type { Generated, Kysely } from 'kysely';
import { kyselyOf } from '../sql/kysely-of.js';

/** The feed's one row. */
export const FEED = 'events';

interface EventColumns {
  id: Generated<number>;
  key: string;
  account_id: string | null;
  entry_id: string;
  object: string;
  field: string;
  is_echo: boolean;
  occurred_at: number;
  received_at: number;
  payload: string;
  subject: string;
  tries: number;
  ended_at: number | null;
}

interface FeedColumns {
  id: string;
  last_received_at: number | null;
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

type Counts = Partial<Record<'stored' | 'unknownAccounts' | 'repeated' | 'unreadable' | 'lost', number>>;

/** Adds to what the feed has counted, as part of the caller's transaction. */
export async function countEvents(em: EntityManager, counts: Counts): Promise<void> {
  const { stored = 0, unknownAccounts = 0, repeated = 0, unreadable = 0, lost = 0 } = counts;
  await eventTables(em)
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

/** The tables, for what goes around the entities. */
export function eventTables(em: EntityManager): Kysely<WebhookTables> {
  return kyselyOf(em);
}
