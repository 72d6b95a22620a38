import { p } from '@mikro-orm/core';

/** What a row that is delivered has beside its `id`, its `key` (by which the receiver knows a repetition) and its content. */
export function deliveryColumns() {
  return {
    /** What it is about: rows of one subject arrive in their order. */
    subject: p.string(),
    tries: p.integer(),
    /** Not before; null for at once. */
    retryAt: p.datetime(3).nullable(),
    /** The claim of whoever sends it now. */
    fence: p.string().nullable(),
    leaseUntil: p.datetime(3).nullable(),
    /** When it was delivered, or given up. */
    endedAt: p.datetime(3).nullable(),
  };
}
