import { defineEntity, p } from '@mikro-orm/core';

const RenewalBreakerSchema = defineEntity({
  name: 'RenewalBreaker',
  tableName: 'renewal_breaker',
  properties: {
    /** There is one row. */
    id: p.string().primary(),
    /** Null while it is closed. */
    openedAt: p.datetime(3).nullable(),
    /** No renewal before; then one, to see whether it works again. */
    until: p.datetime(3).nullable(),
    /** Probes that failed since it opened. */
    failedProbes: p.integer(),
    /** Until when one process may make the probe. */
    probeUntil: p.datetime(3).nullable(),
    closedAt: p.datetime(3).nullable(),
  },
});

/** Whether the renewals of all accounts pause, because too many of them fail for a reason that is not theirs. */
export class RenewalBreaker extends RenewalBreakerSchema.class {}

RenewalBreakerSchema.setClass(RenewalBreaker);
