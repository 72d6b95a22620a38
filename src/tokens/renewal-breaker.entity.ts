import { defineEntity, p } from '@mikro-orm/core';
import type { MetaApp } from '../meta/limits.js';

const RenewalBreakerSchema = defineEntity({
  name: 'RenewalBreaker',
  tableName: 'renewal_breaker',
  properties: {
    app: p.string().primary().$type<MetaApp>(),
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

/** Whether an app's renewals pause, because too many of them fail for a reason that is not their accounts'. */
export class RenewalBreaker extends RenewalBreakerSchema.class {}

RenewalBreakerSchema.setClass(RenewalBreaker);
