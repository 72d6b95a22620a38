import { defineEntity, p } from '@mikro-orm/core';
import { deliveryColumns } from '../delivery/delivery-columns.js';

const NoticeSchema = defineEntity({
  name: 'Notice',
  tableName: 'notice',
  indexes: [
    { name: 'notice_open', properties: ['endedAt', 'retryAt'] },
    { name: 'notice_subject', properties: ['subject', 'id'] },
  ],
  properties: {
    id: p.integer().primary().autoincrement(),
    /** By which the receiver knows a repetition. */
    key: p.string().unique('notice_key'),
    /** The bytes that are signed and sent. */
    body: p.text(),
    createdAt: p.datetime(3),
    /** Its subject is an account's id, or `renewals:` with the app's name. */
    ...deliveryColumns(),
  },
});

/** A notice to the operator, from the transaction that it tells of until it is delivered. */
export class Notice extends NoticeSchema.class {}

NoticeSchema.setClass(Notice);
