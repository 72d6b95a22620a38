import type { EntityManager } from '@mikro-orm/core';
import type { RecordNotice } from '../notices/notice-outbox.js';
import type { AccountIncident, InstagramAccount } from './instagram-account.entity.js';

/**
 * Tells the operator that a token needs the person again, or soon will: once, as part of the caller's
 * transaction. An account that already needs its person is not told of as expiring.
 */
export function openIncident(
  em: EntityManager,
  record: RecordNotice,
  account: InstagramAccount,
  incident: AccountIncident,
  at: Date,
): void {
  if (account.incident === incident || account.incident === 'needs_reauthorization') return;
  account.incident = incident;
  record(em, { type: incident, at, ...about(account), problem: account.tokenProblem ?? null, detail: null });
}

/** Tells the operator, who was told of an incident, that it is over: once. */
export function closeIncident(
  em: EntityManager,
  record: RecordNotice,
  account: InstagramAccount,
  at: Date,
): void {
  if (account.incident == null) return;
  account.incident = null;
  record(em, { type: 'recovered', at, ...about(account), problem: null, detail: null });
}

function about({ accountId, accountName }: InstagramAccount) {
  return { subject: accountId, account: { accountId, accountName } };
}
