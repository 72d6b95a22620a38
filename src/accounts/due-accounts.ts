import type { EntityManager } from '@mikro-orm/core';
import { locksRows } from '../sql/row-locks.js';
import { storedTime } from '../sql/stored-time.js';
import type { TokenKind } from '../tokens/token-kind.js';
import type { AccountQuery } from './account-ranges.js';
import { accountTables, type AccountColumns } from './account-table.js';

/** Which accounts are asked for, of those whose time has come. */
export interface DueQuery {
  readonly now: Date;
  readonly kinds: readonly TokenKind[];
  readonly limit: number;
  /** Of these accounts only. */
  readonly ids?: readonly string[] | undefined;
}

/**
 * Accounts whose time in a column has come, the longest due first. By that time alone, which ended tokens have none
 * of: SQLite would rather go through all that live.
 */
export function dueAccounts(
  em: EntityManager,
  column: 'next_refresh_at' | 'subscription_check_at',
  { now, kinds, limit, ids }: DueQuery,
): AccountQuery {
  return accountTables(em)
    .selectFrom('instagram_account')
    .where(column, '<=', storedTime(em, now))
    .where('token_kind', 'in', kinds)
    .$if(ids !== undefined, (accounts) => accounts.where('account_id', 'in', ids ?? []))
    .orderBy(column)
    .limit(limit);
}

/**
 * Writes a claim into accounts that are due, and gives their ids.
 *
 * Two processes never claim the same: it is one statement, which passes over what another one is just claiming.
 */
export async function claimAccounts(
  em: EntityManager,
  due: AccountQuery,
  claim: Partial<Pick<AccountColumns, 'fence' | 'lease_until' | 'subscription_check_at'>>,
): Promise<string[]> {
  const rows = await accountTables(em)
    .with('due', () =>
      due.select('account_id').$if(locksRows(em), (accounts) => accounts.forUpdate().skipLocked()),
    )
    .updateTable('instagram_account')
    .set(claim)
    .where('account_id', 'in', (eb) => eb.selectFrom('due').select('account_id'))
    .returning('account_id')
    .execute();
  return rows.map(({ account_id }) => account_id);
}
