import { createHmac } from 'node:crypto';
import { WebhookEventsDocument, type WebhookEventsQuery } from '../../src/generated/graphql.js';
import { send, type Answer } from './http.js';
import type { TestApp } from './test-app.js';

export type ListedEvent = WebhookEventsQuery['webhookEvents']['edges'][number]['node'];

/** What Meta puts into `X-Hub-Signature-256`, by its documentation. */
export function hubSignature(body: string | Uint8Array, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Posts a body as it stands to the webhook, signed with the app's secret unless a test says otherwise. */
export function postWebhook(
  moca: Pick<TestApp, 'url' | 'env'>,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {
    'x-hub-signature-256': hubSignature(body, moca.env['INSTAGRAM_CLIENT_SECRET'] ?? ''),
  },
): Promise<Answer> {
  return send(moca, '/webhooks/instagram', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

/** A direct message, as an entry of a notification. */
export function aMessage(
  entryId: string,
  mid: string,
  { text = 'hello', timestamp = 1_795_000_000_000, ...more }: Record<string, unknown> = {},
): object {
  const message = { mid, text, ...more };
  return {
    id: entryId,
    time: timestamp,
    messaging: [{ sender: { id: '526' }, recipient: { id: entryId }, timestamp, message }],
  };
}

/** A comment, as an entry of a notification. */
export function aComment(entryId: string, id: string, text = 'hi', time = 1_795_000_000): object {
  return {
    id: entryId,
    time,
    changes: [{ field: 'comments', value: { id, from: { id: '526', username: 'alice' }, text } }],
  };
}

export function notificationOf(...entry: object[]): string {
  return JSON.stringify({ object: 'instagram', entry });
}

/** Every event that is listed, page by page, oldest first. */
export async function allEvents(
  moca: Pick<TestApp, 'service'>,
  accountId: string | null = null,
  first = 100,
): Promise<ListedEvent[]> {
  const events: ListedEvent[] = [];
  let after: string | null = null;
  for (;;) {
    const { webhookEvents }: WebhookEventsQuery = await moca.service.send(WebhookEventsDocument, {
      accountId,
      after,
      first,
    });
    events.push(...webhookEvents.edges.map(({ node }) => node));
    if (!webhookEvents.pageInfo.hasNextPage) return events;
    after = webhookEvents.pageInfo.endCursor;
  }
}
