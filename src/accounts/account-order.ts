import type { EntityManager } from '@mikro-orm/core';
import { sql, type Expression, type SqlBool } from 'kysely';
import { isPostgresql } from '../sql/dialect.js';
import type { AccountQuery } from './account-ranges.js';
import { accountTables, type AccountColumns } from './account-table.js';

/** An order of the list: an index `(column, account_id)` that has the name, too, read forwards or backwards. */
export interface AccountOrder {
  readonly column: 'connected_at' | 'account_name' | 'expiry_order';
  readonly descending: boolean;
  readonly index: string;
}

/** A part of the list: from a place on, so many. */
export interface Stretch {
  /** Conditions on the place in the order. */
  readonly bounds: ReadonlyArray<Expression<SqlBool>>;
  readonly direction: 'asc' | 'desc';
  readonly limit: number;
}

export function inOrder(
  accounts: AccountQuery,
  { column }: AccountOrder,
  { direction, limit }: Stretch,
): AccountQuery {
  return accounts.orderBy(column, direction).orderBy('account_id', direction).limit(limit);
}

/** All accounts. SQLite, which knows nothing of how many match, would rather begin with the filter's index. */
export function along(em: EntityManager, { index }: AccountOrder): AccountQuery {
  const tables = accountTables(em);
  if (isPostgresql(em)) return tables.selectFrom('instagram_account');
  return tables.selectFrom(
    sql<AccountColumns>`instagram_account`.as<'instagram_account'>(
      sql`instagram_account indexed by ${sql.raw(index)}`,
    ),
  );
}

/** The first accounts of several lists, each of which has its own. */
export function firstOf(
  em: EntityManager,
  parts: readonly AccountQuery[],
  order: AccountOrder,
  stretch: Stretch,
): AccountQuery {
  const accounts = accountTables(em).selectFrom('instagram_account');
  // Matches nothing: no account's id is empty.
  if (parts.length === 0) return accounts.where('account_id', '=', '');
  const [column, word] = [sql.ref(order.column), sql.raw(stretch.direction)];
  // The page's own ids, and no more: PostgreSQL would else look for each account of its order among all of them.
  const ids = sql`select account_id from (${together(parts, order.column)}) as found
    order by ${column} ${word}, account_id ${word} limit ${stretch.limit}`;
  return inOrder(accounts.where(sql<SqlBool>`account_id in (${ids})`), order, stretch);
}

/** The ids of several lists, and their places in an order. */
export function together(
  parts: readonly AccountQuery[],
  column: AccountOrder['column'],
): Expression<unknown> {
  return sql.join(
    parts.map((part) => sql`select * from (${part.select(['account_id', column])}) as part`),
    sql` union all `,
  );
}
