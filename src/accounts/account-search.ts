import type { EntityManager } from '@mikro-orm/core';
import { sql, type Expression, type SqlBool } from 'kysely';
import { isPostgresql } from '../sql/dialect.js';
import { accountFilter, nameFilter, type AccountBuilder } from './account-filter.js';
import type { InstagramAccountFilter } from './account-filter.input.js';
import { filteredRanges, inRange, type AccountQuery, type AccountRange } from './account-ranges.js';
import { accountTables, type AccountColumns } from './account-table.js';

/** So many are put in order, from an index, about as fast as a page of one in a hundred is walked to. */
const FEW = 50_000;

/** An order of the list: an index `(column, account_id)`, read forwards or backwards. */
export interface AccountOrder {
  readonly column: 'connected_at' | 'account_name' | 'expiry_order';
  readonly descending: boolean;
  readonly index: string;
}

/**
 * How the accounts that match are found in their order:
 * - `walk`: along the order's index, past those that do not match. For filters that many match.
 * - `ranges`: along ranges of the index of states, which is in order of expiry and is put into every other one.
 *   It has all that is asked for: only the accounts of the page itself are read.
 */
export type AccountSearch = {
  readonly em: EntityManager;
  readonly filter: InstagramAccountFilter | null;
  readonly order: AccountOrder;
  readonly now: Date;
} & ({ readonly way: 'walk' } | { readonly way: 'ranges'; readonly ranges: readonly AccountRange[] });

export async function chooseSearch(
  em: EntityManager,
  filter: InstagramAccountFilter | null,
  order: AccountOrder,
  now: Date,
): Promise<AccountSearch> {
  const search = { em, filter, order, now };
  const ranges = filteredRanges(filter, now);
  if (ranges === null) return { ...search, way: 'walk' };
  const isFast = order.column === 'expiry_order' || (await areFew(em, ranges));
  return isFast ? { ...search, way: 'ranges', ranges } : { ...search, way: 'walk' };
}

export interface Stretch {
  /** Conditions on the place in the order. */
  readonly bounds: ReadonlyArray<Expression<SqlBool>>;
  readonly direction: 'asc' | 'desc';
  readonly limit: number;
}

/**
 * The accounts that match, in their order.
 *
 * @throws AppError BAD_USER_INPUT
 */
export function findInOrder(search: AccountSearch, { bounds, direction, limit }: Stretch): AccountQuery {
  const { em, filter, order, now } = search;
  const inOrder = (accounts: AccountQuery): AccountQuery =>
    accounts.orderBy(order.column, direction).orderBy('account_id', direction).limit(limit);
  if (search.way === 'walk') {
    const condition = (eb: AccountBuilder) => accountFilter(eb, filter, now) ?? eb.lit(true);
    return inOrder(along(em, order.index).where((eb) => eb.and([condition(eb), ...bounds])));
  }
  const wanted = [...nameFilter(filter), ...bounds];
  const parts = search.ranges.map((range) => {
    const found = inRange(em, range).where((eb) => eb.and(wanted));
    if (order.column === 'expiry_order') {
      // By all that the index is ordered by: PostgreSQL does not see that in a range they are the same.
      return inOrder(found.orderBy('token_end', direction).orderBy('token_kind', direction));
    }
    // It also takes a range's few accounts for many, and would look for them along the order: `offset` forbids that.
    return isPostgresql(em) ? found.offset(0) : inOrder(found);
  });
  const accounts = accountTables(em).selectFrom('instagram_account');
  // Nobody: no id is empty.
  if (parts.length === 0) return accounts.where('account_id', '=', '');
  const [column, word] = [sql.ref(order.column), sql.raw(direction)];
  // The page's own ids, and no more: PostgreSQL would else look for each account of its order among all of them.
  const ids = sql`select account_id from (${together(parts, order.column)}) as found
    order by ${column} ${word}, account_id ${word} limit ${limit}`;
  return inOrder(accounts.where(sql<SqlBool>`account_id in (${ids})`));
}

/** All accounts. SQLite, which knows nothing of how many match, would rather begin with the filter's index. */
function along(em: EntityManager, index: string): AccountQuery {
  const tables = accountTables(em);
  if (isPostgresql(em)) return tables.selectFrom('instagram_account');
  return tables.selectFrom(
    sql<AccountColumns>`instagram_account`.as<'instagram_account'>(
      sql`instagram_account indexed by ${sql.raw(index)}`,
    ),
  );
}

/** The ids of several lists, and their places in an order. */
function together(parts: readonly AccountQuery[], column: AccountOrder['column']): Expression<unknown> {
  return sql.join(
    parts.map((part) => sql`select * from (${part.select(['account_id', column])}) as part`),
    sql` union all `,
  );
}

/** Counts no further than it has to. */
async function areFew(em: EntityManager, ranges: readonly AccountRange[]): Promise<boolean> {
  if (ranges.length === 0) return true;
  const { rows } = await sql<{ count: number }>`select count(*) as count from (${together(
    ranges.map((range) => inRange(em, range)),
    'expiry_order',
  )} limit ${FEW + 1}) as counted`.execute(accountTables(em));
  return Number(rows[0]?.count) <= FEW;
}
