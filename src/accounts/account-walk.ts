import type { EntityManager } from '@mikro-orm/core';
import { sql, type SqlBool } from 'kysely';
import { isPostgresql } from '../sql/dialect.js';
import { accountFilter, nameFilter, stateFilter, type AccountBuilder } from './account-filter.js';
import type { InstagramAccountFilter } from './account-filter.input.js';
import { nameText } from './account-names.js';
import { along, firstOf, inOrder, type AccountOrder, type Stretch } from './account-order.js';
import type { AccountQuery } from './account-ranges.js';
import { accountTables, type AccountColumns } from './account-table.js';

/** What is looked for, and how it is to be ordered. */
export interface Asked {
  readonly em: EntityManager;
  readonly filter: InstagramAccountFilter | null;
  readonly order: AccountOrder;
  readonly now: Date;
}

/**
 * The accounts that match, along the order's index, past those that do not match.
 *
 * @throws AppError BAD_USER_INPUT
 */
export function walk(asked: Asked, stretch: Stretch): AccountQuery {
  const { em, filter, order, now } = asked;
  if (isPostgresql(em) && nameText(filter) !== null) {
    return firstOf(em, [alongNames(asked, stretch)], order, stretch);
  }
  const condition = (eb: AccountBuilder) => accountFilter(em, eb, filter, now) ?? eb.lit(true);
  const matching = along(em, order).where((eb) => eb.and([condition(eb), ...stretch.bounds]));
  return inOrder(matching, order, stretch);
}

/**
 * The same in two steps: the names, which the index has, and for those that match the rows. PostgreSQL would look at
 * the row of every account that it passes; SQLite does not.
 */
function alongNames({ em, filter, order, now }: Asked, stretch: Stretch): AccountQuery {
  const { bounds, direction } = stretch;
  const tables = accountTables(em);
  const names = tables
    .selectFrom('instagram_account')
    .select(['account_id', order.column])
    .where((eb) => eb.and([...nameFilter(em, filter), ...bounds]))
    .orderBy(order.column, direction)
    .orderBy('account_id', direction)
    // So that it is a step of its own.
    .offset(0);
  const passed = tables.selectFrom(
    sql<AccountColumns>`(${names})`.as<'instagram_account'>(sql`instagram_account`),
  );
  const matching = passed.where((eb) => {
    const states = stateFilter(eb, filter, now);
    if (states.length === 0) return eb.lit(true);
    const condition = eb.and([sql<SqlBool>`one.account_id = instagram_account.account_id`, ...states]);
    return sql<SqlBool>`exists (select 1 from instagram_account as one where ${condition} offset 0)`;
  });
  return inOrder(matching, order, stretch);
}
