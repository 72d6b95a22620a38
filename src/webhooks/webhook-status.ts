import type { EntityManager } from '@mikro-orm/core';
import type { EventStore } from './event-store.js';
import { WebhookEvent } from './webhook-event.entity.js';
import type { WebhookStatus } from './webhook-status.type.js';

/** How the events that Meta sends are doing. */
export async function webhookStatus(
  em: EntityManager,
  store: EventStore,
  forwards: boolean,
): Promise<WebhookStatus> {
  const open = { endedAt: null };
  const [feed, waiting, oldest] = await Promise.all([
    store.feed(),
    em.count(WebhookEvent, open),
    em.findOne(WebhookEvent, open, { fields: ['receivedAt'], orderBy: { receivedAt: 'asc' } }),
  ]);
  const { lastReceivedAt, stored, unknownAccounts, repeated, unreadable, lost } = feed;
  return {
    lastReceivedAt: lastReceivedAt ?? null,
    stored,
    unknownAccounts,
    repeated,
    unreadable,
    lost,
    forwards,
    waiting,
    oldestWaitingAt: oldest?.receivedAt ?? null,
  };
}
