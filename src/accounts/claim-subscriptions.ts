import type { EntityManager } from '@mikro-orm/core';
import type { DueRow } from '../jobs/job.js';
import { locksRows } from '../sql/row-locks.js';
import { storedTime } from '../sql/stored-time.js';
import type { TokenKind } from '../tokens/token-kind.js';
import { accountTables } from './account-table.js';

/** Which subscriptions are asked for. */
export interface DueSubscriptions {
  readonly now: Date;
  readonly kinds: readonly TokenKind[];
  readonly limit: number;
  /** Of these accounts only. */
  readonly ids?: readonly string[] | undefined;
}

/** Up to `limit` accounts whose subscription is to be made, the longest due first. */
export async function findDueSubscriptions(em: EntityManager, query: DueSubscriptions): Promise<DueRow[]> {
  const rows = await dueSubscriptions(em, query).select(['account_id', 'subscription_check_at']).execute();
  return rows.map((row) => ({ id: row.account_id, occasion: String(row.subscription_check_at) }));
}

/** By their time alone, which ended tokens have none of: SQLite would rather go through all that live. */
function dueSubscriptions(em: EntityManager, { now, kinds, limit, ids }: DueSubscriptions) {
  return accountTables(em)
    .selectFrom('instagram_account')
    .where('subscription_check_at', '<=', storedTime(em, now))
    .where('token_kind', 'in', kinds)
    .$if(ids !== undefined, (accounts) => accounts.where('account_id', 'in', ids ?? []))
    .orderBy('subscription_check_at')
    .limit(limit);
}

/**
 * Claims them, and gives their ids: each is due again at `until`, if nobody says more of it before.
 *
 * Two processes never claim the same: it is one statement, which passes over what another one is just claiming.
 */
export async function claimDueSubscriptions(
  em: EntityManager,
  query: DueSubscriptions,
  until: Date,
): Promise<string[]> {
  const rows = await accountTables(em)
    .with('due', () =>
      dueSubscriptions(em, query)
        .select('account_id')
        .$if(locksRows(em), (accounts) => accounts.forUpdate().skipLocked()),
    )
    .updateTable('instagram_account')
    .set({ subscription_check_at: storedTime(em, until) })
    .where('account_id', 'in', (eb) => eb.selectFrom('due').select('account_id'))
    .returning('account_id')
    .execute();
  return rows.map(({ account_id }) => account_id);
}
