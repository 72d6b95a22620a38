import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { isPostgresql } from '../sql/dialect.js';
import { accountFilter, nameFilter } from './account-filter.js';
import { areFewNamed, fillsPage, hasTrigrams, named, nameText } from './account-names.js';
import { firstOf, inOrder, together, type Stretch } from './account-order.js';
import { filteredRanges, inRange, type AccountQuery, type AccountRange } from './account-ranges.js';
import { accountTables } from './account-table.js';
import { walk, type Asked } from './account-walk.js';

/** Up to so many matches, to sort them all, from an index, is about as fast as to walk the order's when one in 100 matches. */
const FEW = 50_000;

/** A name that fills no page within so many accounts may be in so few that they are better looked up. */
const GLANCE = 20_000;

/**
 * How the accounts that match are found in their order:
 * - `walk`: along the order's index, past those that do not match. For filters that many match.
 * - `ranges`: along ranges of the index of states, which is in order of expiry and is put into every other one.
 *   It has all that is asked for: only the accounts of the page itself are read.
 * - `names`: by the index of trigrams, all of them, put in order. For a text that few names contain.
 */
export type AccountSearch = Asked &
  (
    | { readonly way: 'walk' }
    | { readonly way: 'ranges'; readonly ranges: readonly AccountRange[] }
    | { readonly way: 'names'; readonly text: string }
  );

/**
 * Chooses the way for a page. What lies on its other side is found in the same way.
 *
 * @throws AppError BAD_USER_INPUT
 */
export async function chooseSearch(asked: Asked, page: Stretch): Promise<AccountSearch> {
  const { em, filter, order, now } = asked;
  const text = nameText(filter);
  const ranges = filteredRanges(filter, now);
  // Past those that the other conditions leave out a walk goes further.
  const glance = ranges === null ? GLANCE : GLANCE / 2;
  if (
    text !== null &&
    hasTrigrams(em, text) &&
    !(await fillsPage(em, text, order, page, glance)) &&
    (await areFewNamed(em, text))
  ) {
    return { ...asked, way: 'names', text };
  }
  if (ranges === null) return { ...asked, way: 'walk' };
  const isFast = order.column === 'expiry_order' || (await areFew(em, ranges));
  return isFast ? { ...asked, way: 'ranges', ranges } : { ...asked, way: 'walk' };
}

/**
 * The accounts that match, in their order.
 *
 * @throws AppError BAD_USER_INPUT
 */
export function findInOrder(search: AccountSearch, stretch: Stretch): AccountQuery {
  const { em, filter, order, now } = search;
  switch (search.way) {
    case 'walk':
      return walk(search, stretch);
    case 'names': {
      const found = named(em, search.text)
        .where((eb) => accountFilter(em, eb, filter, now) ?? eb.lit(true))
        .where((eb) => eb.and(stretch.bounds));
      return firstOf(em, [unordered(em, found)], order, stretch);
    }
    case 'ranges':
      return firstOf(em, rangeParts(search, search.ranges, stretch), order, stretch);
  }
}

function rangeParts(
  { em, filter, order }: Asked,
  ranges: readonly AccountRange[],
  stretch: Stretch,
): AccountQuery[] {
  const { bounds, direction } = stretch;
  return ranges.map((range) => {
    const found = inRange(em, range).where((eb) => eb.and([...nameFilter(em, filter), ...bounds]));
    if (order.column === 'expiry_order') {
      // By all that the index is ordered by: PostgreSQL does not see that in a range they are the same.
      const asIndexed = found.orderBy('token_end', direction).orderBy('token_kind', direction);
      return inOrder(asIndexed, order, stretch);
    }
    return isPostgresql(em) ? unordered(em, found) : inOrder(found, order, stretch);
  });
}

/** PostgreSQL takes few accounts for many, and would look for them along the order: `offset` forbids that. */
function unordered(em: EntityManager, accounts: AccountQuery): AccountQuery {
  return isPostgresql(em) ? accounts.offset(0) : accounts;
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
