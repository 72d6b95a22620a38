import { defineEntity, p } from '@mikro-orm/core';

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
    /** What it is about: an account's id, or `renewals:<app>`. Notices of one subject arrive in their order. */
    subject: p.string(),
    /** The bytes that are signed and sent. */
    body: p.text(),
    createdAt: p.datetime(3),
    tries: p.integer(),
    /** Not before; null for at once. */
    retryAt: p.datetime(3).nullable(),
    /** The claim of whoever sends it now. */
    fence: p.string().nullable(),
    leaseUntil: p.datetime(3).nullable(),
    /** When it was delivered, or given up. */
    endedAt: p.datetime(3).nullable(),
  },
});

/** A notice to the operator, from the transaction that it tells of until it is delivered. */
export class Notice extends NoticeSchema.class {}

NoticeSchema.setClass(Notice);
