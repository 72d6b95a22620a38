import { defineEntity, p } from '@mikro-orm/core';
import { InstagramAccount } from './instagram-account.entity.js';

const AccountEventSchema = defineEntity({
  name: 'AccountEvent',
  tableName: 'account_event',
  indexes: [
    { name: 'account_event_history', properties: ['account', 'id'] },
    { name: 'account_event_at', properties: ['at'] },
  ],
  uniques: [{ name: 'account_event_once', properties: ['account', 'onceKey'] }],
  properties: {
    id: p.integer().primary().autoincrement(),
    /** Null for the one row that a deleted account leaves. */
    account: () =>
      p.manyToOne(InstagramAccount).mapToPk().joinColumn('account_id').nullable().deleteRule('cascade'),
    at: p.datetime(3),
    type: p.string(),
    /** `admin:<key name>`, `service:<key name>`, `meta`, or `system` (the server, or a person without a key). */
    actor: p.string(),
    detail: p.text().nullable(),
    /** Of a deleted account: a keyed hash of its id, by which the deletion can be proven to whoever knows the id. */
    subjectHash: p.string().nullable(),
    /** Of an event that is written down once: what makes it the same. */
    onceKey: p.string().nullable(),
  },
});

/** Something that happened to an account. Written in the transaction that made it happen; never changed. */
export class AccountEvent extends AccountEventSchema.class {}

AccountEventSchema.setClass(AccountEvent);
