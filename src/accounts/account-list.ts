import type { EntityManager } from '@mikro-orm/core';
import { sql, type Expression, type SqlBool } from 'kysely';
import { decodeCursor, encodeCursor } from '../pagination/cursor.js';
import { readPageRequest, type PageArguments } from '../pagination/page-request.js';
import { toPage, type Page } from '../pagination/to-page.js';
import { CompiledQueryCache } from '../sql/compile-once.js';
import { storedTime } from '../sql/stored-time.js';
import { mapMaybePromise, type MaybePromise } from '../maybe-promise.js';
import { accountFilter, nameFilter } from './account-filter.js';
import type { InstagramAccountFilter, InstagramAccountOrder } from './account-filter.input.js';
import { areFewNamed, countNamed, hasTrigrams, named, nameText } from './account-names.js';
import type { AccountOrder, Stretch } from './account-order.js';
import { countRanges, filteredRanges } from './account-ranges.js';
import { chooseSearch, findInOrder, type AccountSearch } from './account-search.js';
import { accountTables, type AccountColumns } from './account-table.js';
import { walk } from './account-walk.js';
import { AccountView, columnsFor, type AccountViewRow } from './account-view.js';
import type { InstagramAccount } from './instagram-account.type.js';

const ORDERS: Readonly<Record<InstagramAccountOrder, AccountOrder>> = {
  NEWEST_FIRST: { column: 'connected_at', descending: true, index: 'instagram_account_newest' },
  OLDEST_FIRST: { column: 'connected_at', descending: false, index: 'instagram_account_newest' },
  NAME_ASC: { column: 'account_name', descending: false, index: 'instagram_account_name' },
  EXPIRY_ASC: { column: 'expiry_order', descending: false, index: 'instagram_account_expiry' },
};

/** The queries for the first and the last pages of all accounts, by their orders and columns. */
const ends = new CompiledQueryCache<Row>();

/** At least what its place in an order is made of. */
type Row = Pick<AccountColumns, 'account_id' | AccountOrder['column']> & Partial<AccountViewRow>;

/** Where a row stands in the list: its place in the order, and its id among equals. */
interface Key {
  readonly value: string | number;
  readonly accountId: string;
}

export interface ListArguments extends PageArguments {
  readonly filter: InstagramAccountFilter | null;
  readonly orderBy: InstagramAccountOrder;
  /** The fields that are wanted, wherever in an account they stand: what others are made of is not read. */
  readonly fields: ReadonlySet<string>;
}

/**
 * One page of the accounts that match. The page is found by its place in the order (keyset), so the last page
 * costs what the first does.
 *
 * @throws AppError BAD_USER_INPUT
 */
export function listAccounts(
  em: EntityManager,
  { filter, orderBy, fields, ...page }: ListArguments,
  now: Date,
): MaybePromise<Page<InstagramAccount>> {
  const order = ORDERS[orderBy];
  const request = readPageRequest(page, (cursor) => decodeKey(cursor, orderBy));
  const { size, backward, after, before } = request;
  const [onwards, back] = order.descending ? (['<', '>'] as const) : (['>', '<'] as const);
  const stretch: Stretch = {
    bounds: [
      ...(after === null ? [] : [beyond(em, order, after, onwards)]),
      ...(before === null ? [] : [beyond(em, order, before, back)]),
    ],
    direction: order.descending === backward ? 'asc' : 'desc',
    limit: size + 1,
  };
  const columns = [...new Set([...columnsFor(fields), order.column])];
  const asked = { em, filter, order, now };
  const toResult = (rows: readonly Row[], isBounded: boolean): Page<InstagramAccount> =>
    toPage(rows, request, isBounded, (row) => ({
      cursor: encodeKey(row, orderBy, order),
      node: new AccountView(row as AccountViewRow, now),
    }));
  if (filter === null && after === null && before === null) {
    // From one end on, there is nothing but the limit that differs from page to page.
    const form = `${orderBy} ${stretch.direction} ${columns.join()}`;
    const all = () => walk(asked, stretch).select(columns);
    return mapMaybePromise(ends.read(em, form, all, [stretch.limit]), (rows) => toResult(rows, false));
  }
  return find();

  async function find(): Promise<Page<InstagramAccount>> {
    const search = await chooseSearch(asked, stretch);
    const rows = await findInOrder(search, stretch).select(columns).execute();
    const begin = backward ? before : after;
    return toResult(rows, begin !== null && (await existsBeyond(search, begin, backward)));
  }
}

/** Whether a matching row lies at the cursor that the page began at, or on its other side. */
async function existsBeyond(search: AccountSearch, begin: Key, backward: boolean): Promise<boolean> {
  const { em, order } = search;
  const upward = order.descending !== backward;
  const row = await findInOrder(search, {
    bounds: [beyond(em, order, begin, upward ? '>=' : '<=')],
    direction: upward ? 'asc' : 'desc',
    limit: 1,
  })
    .select('account_id')
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * How many accounts match.
 *
 * @throws AppError BAD_USER_INPUT
 */
export async function countAccounts(
  em: EntityManager,
  filter: InstagramAccountFilter | null,
  now: Date,
): Promise<number> {
  const text = nameText(filter);
  const ranges = filteredRanges(filter, now);
  const isIndexed = text !== null && hasTrigrams(em, text);
  if (isIndexed && ranges === null) return countNamed(em, text);
  // Ranges of an index are counted without a look at the accounts.
  if (ranges !== null && !(isIndexed && (await areFewNamed(em, text)))) {
    const [count = 0] = await countRanges(em, [ranges], nameFilter(em, filter));
    return count;
  }
  const accounts = isIndexed ? named(em, text) : accountTables(em).selectFrom('instagram_account');
  const { count } = await accounts
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where((eb) => accountFilter(em, eb, filter, now) ?? eb.lit(true))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** A comparison of pairs, which both databases answer from the order's index. */
function beyond(
  em: EntityManager,
  { column }: AccountOrder,
  { value, accountId }: Key,
  operator: '<' | '>' | '<=' | '>=',
): Expression<SqlBool> {
  const place = column === 'connected_at' ? storedTime(em, new Date(value)) : value;
  return sql<SqlBool>`(${sql.ref(column)}, account_id) ${sql.raw(operator)} (${place}, ${accountId})`;
}

function encodeKey(row: Row, orderBy: InstagramAccountOrder, { column }: AccountOrder): string {
  return encodeCursor([orderBy, row[column], row.account_id]);
}

function decodeKey(cursor: string, orderBy: InstagramAccountOrder): Key | null {
  const [, value, accountId, ...rest] = decodeCursor(cursor, orderBy) ?? [];
  const expected = ORDERS[orderBy].column === 'account_name' ? 'string' : 'number';
  if (typeof value !== expected || value === undefined || typeof accountId !== 'string') return null;
  return rest.length === 0 ? { value, accountId } : null;
}
