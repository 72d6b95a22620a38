import { fetchMyPages } from '../../meta/me-accounts.js';
import { fetchClientPages, fetchMyBusinesses, fetchOwnedPages } from '../../meta/me-businesses.js';
import { MetaError } from '../../meta/meta-error.js';
import type { Meta } from '../../meta/meta.js';
import { orMetaError } from '../../meta/or-error.js';
import type { Page } from '../../meta/page.js';
import type { Secret } from '../../secret.js';
import { SECOND, type Clock } from '../../time.js';
import { linkedPages, mergePages } from './page-choice.js';

/** Right after consent the list can be empty for some seconds. */
const SECOND_LOOK_MS = SECOND;

/** More portfolios than this are not looked through: each costs two calls. */
const MAXIMUM_BUSINESSES = 25;

export interface FoundPages {
  readonly pages: readonly Page[];
  /** The first list that could not be read; null when all could. */
  readonly unread: MetaError | null;
  /** Whether that was the list of the portfolios: none of them was looked through. */
  readonly portfoliosSkipped: boolean;
  /** How many portfolios were left out because there are too many. */
  readonly leftOut: number;
}

/**
 * me/accounts → (empty) once more after a second → (nothing usable, or not what the caller picked) the pages
 * of the business portfolios.
 *
 * A portfolio that refuses is skipped: the person may lack `business_management` and still have a page.
 *
 * @throws MetaError when me/accounts cannot be read
 */
export async function findPages(
  meta: Meta,
  userToken: Secret,
  clock: Clock,
  picked: string | null,
): Promise<FoundPages> {
  let pages = await fetchMyPages(meta, userToken);
  if (pages.length === 0) {
    await clock.sleep(SECOND_LOOK_MS);
    pages = await fetchMyPages(meta, userToken);
  }
  const linked = linkedPages(pages);
  const suffices =
    picked === null ? linked.length > 0 : linked.some((page) => page.professionalAccountId === picked);
  if (suffices) return { pages, unread: null, portfoliosSkipped: false, leftOut: 0 };
  const portfolio = await findPortfolioPages(meta, userToken);
  return { ...portfolio, pages: mergePages(pages, portfolio.pages) };
}

async function findPortfolioPages(meta: Meta, userToken: Secret): Promise<FoundPages> {
  const businesses = await orMetaError(fetchMyBusinesses(meta, userToken));
  if (businesses instanceof MetaError) {
    return { pages: [], unread: businesses, portfoliosSkipped: true, leftOut: 0 };
  }
  const lists: Page[][] = [];
  let unread: MetaError | null = null;
  for (const id of businesses.slice(0, MAXIMUM_BUSINESSES)) {
    const both = await Promise.all([
      orMetaError(fetchOwnedPages(meta, id, userToken)),
      orMetaError(fetchClientPages(meta, id, userToken)),
    ]);
    for (const list of both) {
      if (list instanceof MetaError) unread ??= list;
      else lists.push(list);
    }
  }
  const leftOut = Math.max(0, businesses.length - MAXIMUM_BUSINESSES);
  return { pages: mergePages(...lists), unread, portfoliosSkipped: false, leftOut };
}
