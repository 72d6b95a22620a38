import type { EntityManager } from '@mikro-orm/core';
import type { DueRow } from '../jobs/job.js';
import { storedTime } from '../sql/stored-time.js';
import { claimAccounts, dueAccounts, type DueQuery } from './due-accounts.js';

/** Up to `limit` accounts whose subscription is to be made, the longest due first. */
export async function findDueSubscriptions(em: EntityManager, query: DueQuery): Promise<DueRow[]> {
  const rows = await dueAccounts(em, 'subscription_check_at', query)
    .select(['account_id', 'subscription_check_at'])
    .execute();
  return rows.map((row) => ({ id: row.account_id, occasion: String(row.subscription_check_at) }));
}

/** Claims them, and gives their ids: each is due again at `until`, if nobody says more of it before. */
export function claimDueSubscriptions(em: EntityManager, query: DueQuery, until: Date): Promise<string[]> {
  const due = dueAccounts(em, 'subscription_check_at', query);
  return claimAccounts(em, due, { subscription_check_at: storedTime(em, until) });
}
