import type { EntityManager } from '@mikro-orm/core';
import { sql, type ExpressionBuilder, type SqlBool, type Expression } from 'kysely';
import { decodeCursor, encodeCursor } from '../pagination/cursor.js';
import { readPageRequest, type PageArguments, type PageRequest } from '../pagination/page-request.js';
import { toPage, type Page } from '../pagination/to-page.js';
import { accountFilter } from './account-filter.js';
import type { InstagramAccountFilter, InstagramAccountOrder } from './account-filter.input.js';
import { accountTables, type AccountTables } from './account-table.js';
import { toAccountView, viewColumns, type AccountViewRow } from './account-view.js';
import type { InstagramAccount } from './instagram-account.type.js';
import { storedTime } from '../sql/stored-time.js';

interface OrderPlan {
  readonly column: 'connected_at' | 'account_name' | 'expiry_order';
  readonly descending: boolean;
}

/** Each order is an index: `(column, account_id)`, read forwards or backwards. */
const PLANS: Readonly<Record<InstagramAccountOrder, OrderPlan>> = {
  NEWEST_FIRST: { column: 'connected_at', descending: true },
  OLDEST_FIRST: { column: 'connected_at', descending: false },
  NAME_ASC: { column: 'account_name', descending: false },
  EXPIRY_ASC: { column: 'expiry_order', descending: false },
};

/** Where a row stands in the list: its place in the order, and its id among equals. */
interface Key {
  readonly value: string | number;
  readonly accountId: string;
}

export interface ListArguments extends PageArguments {
  readonly filter: InstagramAccountFilter | null;
  readonly orderBy: InstagramAccountOrder;
}

/**
 * One page of the accounts that match. The page is found by its place in the order (keyset), so the last page
 * costs what the first does.
 *
 * @throws AppError BAD_USER_INPUT
 */
export async function listAccounts(
  em: EntityManager,
  { filter, orderBy, ...page }: ListArguments,
  now: Date,
): Promise<Page<InstagramAccount>> {
  const plan = PLANS[orderBy];
  const request = readPageRequest(page, (cursor) => decodeKey(cursor, orderBy));
  const upward = plan.descending === request.backward;
  const direction = upward ? 'asc' : 'desc';
  const rows = await accountTables(em)
    .selectFrom('instagram_account')
    .select(viewColumns)
    .where((eb) => conditions(em, eb, filter, plan, request, now))
    .orderBy(plan.column, direction)
    .orderBy('account_id', direction)
    .limit(request.size + 1)
    .execute();
  const begin = request.backward ? request.before : request.after;
  const isBounded = begin !== null && (await existsBeyond(em, filter, plan, begin, request, now));
  return toPage(rows, request, isBounded, (row) => ({
    cursor: encodeKey(row, orderBy, plan),
    node: toAccountView(row, now),
  }));
}

/** How many accounts match. */
export async function countAccounts(
  em: EntityManager,
  filter: InstagramAccountFilter | null,
  now: Date,
): Promise<number> {
  const { count } = await accountTables(em)
    .selectFrom('instagram_account')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where((eb) => accountFilter(eb, filter, now) ?? eb.lit(true))
    .executeTakeFirstOrThrow();
  return Number(count);
}

type Account = ExpressionBuilder<AccountTables, 'instagram_account'>;

function conditions(
  em: EntityManager,
  eb: Account,
  filter: InstagramAccountFilter | null,
  plan: OrderPlan,
  { after, before }: PageRequest<Key>,
  now: Date,
): Expression<SqlBool> {
  const all = [
    accountFilter(eb, filter, now),
    after === null ? null : beyond(em, plan, after, plan.descending ? '<' : '>'),
    before === null ? null : beyond(em, plan, before, plan.descending ? '>' : '<'),
  ];
  return eb.and(all.filter((condition) => condition !== null));
}

/** Whether a matching row lies at the cursor that the page began at, or on its other side. */
async function existsBeyond(
  em: EntityManager,
  filter: InstagramAccountFilter | null,
  plan: OrderPlan,
  begin: Key,
  { backward }: PageRequest<Key>,
  now: Date,
): Promise<boolean> {
  const operator = plan.descending === backward ? '<=' : '>=';
  const row = await accountTables(em)
    .selectFrom('instagram_account')
    .select('account_id')
    .where((eb) =>
      eb.and([accountFilter(eb, filter, now) ?? eb.lit(true), beyond(em, plan, begin, operator)]),
    )
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** A comparison of pairs, which both databases answer from the order's index. */
function beyond(
  em: EntityManager,
  { column }: OrderPlan,
  { value, accountId }: Key,
  operator: '<' | '>' | '<=' | '>=',
): Expression<SqlBool> {
  const place = column === 'connected_at' ? storedTime(em, new Date(value)) : value;
  return sql<SqlBool>`(${sql.ref(column)}, account_id) ${sql.raw(operator)} (${place}, ${accountId})`;
}

function encodeKey(row: AccountViewRow, orderBy: InstagramAccountOrder, { column }: OrderPlan): string {
  return encodeCursor([orderBy, row[column], row.account_id]);
}

function decodeKey(cursor: string, orderBy: InstagramAccountOrder): Key | null {
  const [, value, accountId, ...rest] = decodeCursor(cursor, orderBy) ?? [];
  const expected = PLANS[orderBy].column === 'account_name' ? 'string' : 'number';
  if (typeof value !== expected || value === undefined || typeof accountId !== 'string') return null;
  return rest.length === 0 ? { value, accountId } : null;
}
