import { defineEntity, p } from '@mikro-orm/core';
import type { Limit, LimitScope } from '../meta/limits.js';

const MetaLimitSchema = defineEntity({
  name: 'MetaLimit',
  tableName: 'meta_limit',
  properties: {
    scope: p.string().primary().$type<LimitScope>(),
    blocks: p.string().primary().$type<Limit['blocks']>(),
    until: p.datetime(3),
    reason: p.text(),
  },
});

/** Something that Meta is not to be asked before its time. */
export class MetaLimit extends MetaLimitSchema.class {}

MetaLimitSchema.setClass(MetaLimit);
