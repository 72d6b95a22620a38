import { defineEntity, p } from '@mikro-orm/core';

const WebhookFeedSchema = defineEntity({
  name: 'WebhookFeed',
  tableName: 'webhook_feed',
  properties: {
    id: p.string().primary(),
    lastReceivedAt: p.datetime(3).nullable(),
    /** Events that were stored, and those of them that no account had the id of. */
    stored: p.bigint('number'),
    unknownAccounts: p.bigint('number'),
    /** Updates that had been stored before. */
    repeated: p.bigint('number'),
    /** Parts of signed notifications that nobody could read. */
    unreadable: p.bigint('number'),
    /** Events that were removed at the end of their time before they could be forwarded. */
    lost: p.bigint('number'),
  },
});

/**
 * The one row that whoever stores events writes first: it counts them, and keeps others waiting until they are
 * stored, so that ids become visible in their order and no reader's cursor passes one that is still to come.
 */
export class WebhookFeed extends WebhookFeedSchema.class {}

WebhookFeedSchema.setClass(WebhookFeed);
