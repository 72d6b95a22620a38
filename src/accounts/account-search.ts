import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { isPostgresql } from '../sql/dialect.js';
import { nameFilter, stateFilter } from './account-filter.js';
import { hasTrigrams, isRare, named, nameText } from './account-names.js';
import { firstOf, inOrder, together, type Stretch } from './account-order.js';
import { filteredRanges, inRange, type AccountQuery, type AccountRange } from './account-ranges.js';
import { accountTables } from './account-table.js';
import { walk, type Asked } from './account-walk.js';

/** So many are put in order, from an index, about as fast as a page of one in a hundred is walked to. */
const FEW = 50_000;

/** With a name, too, a walk goes further: past all that have another name. */
const FEW_WITH_NAMES = 100_000;

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
  if (text !== null && hasTrigrams(em, text) && (await isRare(em, text, order, page))) {
    return { ...asked, way: 'names', text };
  }
  const ranges = filteredRanges(filter, now);
  if (ranges === null) return { ...asked, way: 'walk' };
  const few = text === null ? FEW : FEW_WITH_NAMES;
  const isFast = order.column === 'expiry_order' || (await areFew(em, ranges, few));
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
      const found = named(em, search.text).where((eb) =>
        eb.and([...nameFilter(em, filter), ...stateFilter(eb, filter, now), ...stretch.bounds]),
      );
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
async function areFew(em: EntityManager, ranges: readonly AccountRange[], few: number): Promise<boolean> {
  if (ranges.length === 0) return true;
  const { rows } = await sql<{ count: number }>`select count(*) as count from (${together(
    ranges.map((range) => inRange(em, range)),
    'expiry_order',
  )} limit ${few + 1}) as counted`.execute(accountTables(em));
  return Number(rows[0]?.count) <= few;
}
