import type { EntityManager } from '@mikro-orm/core';
import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely';
import { AppError } from '../errors.js';
import { isPostgresql } from '../sql/dialect.js';
import type { InstagramAccountFilter } from './account-filter.input.js';
import { along, inOrder, type AccountOrder, type Stretch } from './account-order.js';
import type { AccountQuery } from './account-ranges.js';
import { accountTables, type AccountColumns } from './account-table.js';

/** Usernames have at most 30 characters. */
const MAXIMUM_TEXT_LENGTH = 256;

/** Up to so many matches, to sort them all is about as fast as to walk the order's index when one in 200 matches. */
const FEW = 5_000;

/**
 * The text that a filter looks for in names; null for none. Usernames have no capital letters, and neither has it.
 *
 * @throws AppError BAD_USER_INPUT
 */
export function nameText(filter: InstagramAccountFilter | null): string | null {
  const text = filter?.accountNameContains ?? null;
  if (text !== null && text.length > MAXIMUM_TEXT_LENGTH) {
    throw new AppError(
      'BAD_USER_INPUT',
      `filter.accountNameContains: has more than ${MAXIMUM_TEXT_LENGTH} characters.`,
    );
  }
  return text?.toLowerCase() ?? null;
}

/**
 * Whether the name contains the text, as it stands. No index of names answers it in these words, and PostgreSQL takes
 * it to be true of every third account: it goes along the index that is in the list's order.
 */
export function nameContains(em: EntityManager, text: string): Expression<SqlBool> {
  const place = sql.raw(isPostgresql(em) ? 'strpos' : 'instr');
  return sql<SqlBool>`${place}(lower(account_name), ${text}) > 0`;
}

/**
 * Whether the index of trigrams narrows a search for the text. SQLite's has whatever three characters follow each
 * other; PostgreSQL's knows letters and digits alone, and anything else as the end of a word, which is no rarity.
 */
export function hasTrigrams(em: EntityManager, text: string): boolean {
  return isPostgresql(em) ? /[\da-z]{3}/.test(text) : Array.from(text).length >= 3;
}

/** The accounts whose names contain a text that has trigrams, by the index of these. In no order. */
export function named(em: EntityManager, text: string): AccountQuery {
  const tables = accountTables(em);
  const found = foundByTrigrams(em, text);
  if (isPostgresql(em)) return tables.selectFrom('instagram_account').where(found);
  // One after the other: SQLite would else begin with whatever index another condition has.
  const joined = sql<AccountColumns>`account_name_trigrams cross join account_name_text cross join instagram_account`;
  return tables
    .selectFrom(joined.as<'instagram_account'>(sql`instagram_account`))
    .where(found)
    .where(sql<SqlBool>`account_name_text.id = account_name_trigrams.rowid`)
    .where(sql<SqlBool>`account_id = account_name_text.owner`);
}

/** What the index of trigrams answers. It may find what only looks like the text. */
function foundByTrigrams(em: EntityManager, text: string): Expression<SqlBool> {
  if (!isPostgresql(em)) return sql`account_name_trigrams match ${`"${text.replaceAll('"', '""')}"`}`;
  return sql`lower(account_name) like ${`%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`}`;
}

/** Whether a text that has trigrams is in so few names that their accounts are looked up rather than walked to. */
export async function areFewNamed(em: EntityManager, text: string): Promise<boolean> {
  return (await countOf(em, sql`(${inIndex(em, text)} limit ${FEW + 1})`)) <= FEW;
}

/** Whether as many names as a page has are met within so many accounts from its place on. */
export async function fillsPage(
  em: EntityManager,
  text: string,
  order: AccountOrder,
  page: Stretch,
  within: number,
): Promise<boolean> {
  const there = along(em, order).where((eb) => eb.and(page.bounds));
  const near = inOrder(there, order, { ...page, limit: within }).select('account_name');
  const met = sql`(select 1 from (${near}) as near where ${nameContains(em, text)} limit ${page.limit})`;
  return (await countOf(em, met)) === page.limit;
}

/** How many names contain a text that has trigrams. */
export function countNamed(em: EntityManager, text: string): Promise<number> {
  // Each name is looked at where the index has it.
  const isMeant = isPostgresql(em) ? sql`true` : sql`instr(name, ${text}) > 0`;
  return countOf(em, sql`(${inIndex(em, text)} and ${isMeant})`);
}

function inIndex(em: EntityManager, text: string): RawBuilder<unknown> {
  const index = sql.raw(isPostgresql(em) ? 'instagram_account' : 'account_name_trigrams');
  return sql`select 1 from ${index} where ${foundByTrigrams(em, text)}`;
}

async function countOf(em: EntityManager, rows: Expression<unknown>): Promise<number> {
  const query = sql<{ count: number }>`select count(*) as count from ${rows} as counted`;
  return Number((await query.execute(accountTables(em))).rows[0]?.count);
}
