import { defineEntity, p } from '@mikro-orm/core';
import { InstagramAccount } from '../accounts/instagram-account.entity.js';
import { deliveryColumns } from '../delivery/delivery-columns.js';

const WebhookEventSchema = defineEntity({
  name: 'WebhookEvent',
  tableName: 'webhook_event',
  indexes: [
    { name: 'webhook_event_account', properties: ['account', 'id'] },
    { name: 'webhook_event_entry', properties: ['entryId'] },
    { name: 'webhook_event_received', properties: ['receivedAt'] },
    { name: 'webhook_event_open', properties: ['endedAt', 'subject', 'id'] },
  ],
  properties: {
    /** In the order in which they were stored. Never used twice: cursors are made of it. */
    id: p.integer().primary().autoincrement(),
    /** What makes an update the same one, however often and in whatever batch it arrives (`update-key.ts`). */
    key: p.string().unique('webhook_event_key'),
    /** Null for an id that no account had when the event arrived. */
    account: () =>
      p.manyToOne(InstagramAccount).mapToPk().joinColumn('account_id').nullable().deleteRule('cascade'),
    /** Whom Meta names: a professional account, or a Facebook Page. */
    entryId: p.string(),
    /** `instagram` or `page`. */
    object: p.string(),
    /** `comments`, `messages`, `message_reactions` … */
    field: p.string(),
    isEcho: p.boolean(),
    occurredAt: p.datetime(3),
    receivedAt: p.datetime(3),
    /** JSON. Ids are texts in it, however Meta wrote them. */
    payload: p.text(),
    /** Its subject is the account's id, or the entry's. Where nothing is forwarded it has ended from the start. */
    ...deliveryColumns(),
  },
});

/** An update that Meta sent: stored once, read by services, and forwarded where that is set up. */
export class WebhookEvent extends WebhookEventSchema.class {}

WebhookEventSchema.setClass(WebhookEvent);
