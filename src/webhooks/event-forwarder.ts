import { DeliverySender, type Deliverable, type SenderOptions } from '../delivery/delivery-sender.js';
import { MINUTE, SECOND } from '../time.js';
import { WebhookEvent } from './webhook-event.entity.js';

const FIRST_PAUSE_MS = 5 * SECOND;
const LONGEST_PAUSE_MS = 10 * MINUTE;

/**
 * Forwards events to Moca's services, each at least once and in the order of its account. The receiver knows
 * repetitions by `Idempotency-Key`.
 *
 * What is not taken is tried again after 5, 10, 20 … seconds, at most 10 minutes, for as long as it is kept.
 */
export function createEventForwarder(options: SenderOptions): DeliverySender {
  const { em } = options;
  return new DeliverySender({
    ...options,
    name: 'events',
    table: 'webhook_event',
    what: 'an event',
    keyHeader: 'idempotency-key',
    read: async (subject, fromId, limit) => {
      const events = await em().find(
        WebhookEvent,
        { subject, endedAt: null, id: { $gte: fromId } },
        { orderBy: { id: 'asc' }, limit },
      );
      return events.map(toDeliverable);
    },
    firstPauseMs: FIRST_PAUSE_MS,
    longestPauseMs: LONGEST_PAUSE_MS,
    givenUpAfterMs: null,
  });
}

/** The fields of the API's `WebhookEvent`, with the payload as an object. */
function toDeliverable(event: WebhookEvent): Deliverable {
  const { id, tries, key, entryId, object, field, isEcho, occurredAt, receivedAt, payload } = event;
  const facts = JSON.stringify({
    id: key,
    accountId: event.account ?? null,
    entryId,
    object,
    field,
    isEcho,
    occurredAt: occurredAt.toISOString(),
    receivedAt: receivedAt.toISOString(),
  });
  // Put in as it is stored: read and written anew, its numbers could change.
  const body = `${facts.slice(0, -1)},"payload":${payload}}`;
  return { id, tries, key, body, createdAt: receivedAt };
}
