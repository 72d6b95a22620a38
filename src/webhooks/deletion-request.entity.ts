import { defineEntity, p } from '@mikro-orm/core';

const DeletionRequestSchema = defineEntity({
  name: 'DeletionRequest',
  tableName: 'deletion_request',
  properties: {
    /** What the person was given to ask after it. It tells nothing but that something was deleted, and when. */
    confirmationCode: p.string().primary(),
    /** By which the same request is known when it comes again; nobody can guess it. */
    requestHash: p.string().unique('deletion_request_hash'),
    /** By Meta's clock. */
    requestedAt: p.datetime(3),
    completedAt: p.datetime(3),
    accounts: p.integer(),
  },
});

/** That somebody asked Meta for the deletion of their data, and that it was done. It names nobody. */
export class DeletionRequest extends DeletionRequestSchema.class {}

DeletionRequestSchema.setClass(DeletionRequest);
