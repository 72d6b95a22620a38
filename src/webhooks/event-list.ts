import type { EntityManager, FilterQuery } from '@mikro-orm/core';
import { decodeIdCursor, encodeCursor } from '../pagination/cursor.js';
import { readPageRequest, type PageArguments } from '../pagination/page-request.js';
import { toPage, type Page } from '../pagination/to-page.js';
import { WebhookEvent as StoredEvent } from './webhook-event.entity.js';
import type { WebhookEvent } from './webhook-event.type.js';

const LIST = 'webhook_events';

/**
 * A page of the events, oldest first: of one account, or all of them. A cursor stays good for ever: what comes
 * after it is what was stored since, whatever was removed before it.
 *
 * @throws AppError BAD_USER_INPUT
 */
export async function listWebhookEvents(
  em: EntityManager,
  accountId: string | null,
  page: PageArguments,
): Promise<Page<WebhookEvent>> {
  const request = readPageRequest(page, (cursor) => decodeIdCursor(cursor, LIST));
  const { size, after } = request;
  const wanted: FilterQuery<StoredEvent> = accountId === null ? {} : { account: accountId };
  const rows = await em.find(StoredEvent, after === null ? wanted : { ...wanted, id: { $gt: after } }, {
    orderBy: { id: 'asc' },
    limit: size + 1,
  });
  const older =
    after === null
      ? null
      : await em.findOne(StoredEvent, { ...wanted, id: { $lte: after } }, { fields: ['id'] });
  return toPage(rows, request, older !== null, (event) => ({
    cursor: encodeCursor([LIST, event.id]),
    node: toView(event),
  }));
}

function toView(event: StoredEvent): WebhookEvent {
  const { key, entryId, object, field, isEcho, occurredAt, receivedAt, payload } = event;
  return {
    id: key,
    accountId: event.account ?? null,
    entryId,
    object,
    field,
    isEcho,
    occurredAt,
    receivedAt,
    payload,
  };
}
