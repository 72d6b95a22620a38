import type { EntityManager } from '@mikro-orm/core';
import { locksRows } from '../sql/row-locks.js';
import { storedTime } from '../sql/stored-time.js';
import type { TokenKind } from '../tokens/token-kind.js';
import { accountTables } from './account-table.js';

export interface DueSubscriptions {
  readonly now: Date;
  /** When an account is due again if nobody says more of it until then. */
  readonly until: Date;
  readonly kinds: readonly TokenKind[];
  readonly limit: number;
}

/**
 * Claims up to `limit` accounts whose subscription is to be made, the longest due first, and gives their ids.
 *
 * By its time alone, which ended tokens have none of: SQLite would rather go through all that live.
 * Two processes never claim the same: it is one statement, which passes over what another one is just claiming.
 */
export async function claimDueSubscriptions(
  em: EntityManager,
  { now, until, kinds, limit }: DueSubscriptions,
): Promise<string[]> {
  const rows = await accountTables(em)
    .with('due', (tables) =>
      tables
        .selectFrom('instagram_account')
        .select('account_id')
        .where('subscription_check_at', '<=', storedTime(em, now))
        .where('token_kind', 'in', kinds)
        .orderBy('subscription_check_at')
        .limit(limit)
        .$if(locksRows(em), (accounts) => accounts.forUpdate().skipLocked()),
    )
    .updateTable('instagram_account')
    .set({ subscription_check_at: storedTime(em, until) })
    .where('account_id', 'in', (eb) => eb.selectFrom('due').select('account_id'))
    .returning('account_id')
    .execute();
  return rows.map(({ account_id }) => account_id);
}
