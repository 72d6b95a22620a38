import { AppError, type ErrorDetails } from '../../errors.js';
import type { Page } from '../../meta/page.js';
import type { Secret } from '../../secret.js';

/** A page whose token can be used for its linked Instagram account. */
export interface LinkedPage {
  readonly id: string;
  readonly token: Secret;
  /** The linked Instagram professional account. */
  readonly professionalAccountId: string;
  readonly username: string | null;
}

export interface PageChoice {
  readonly page: LinkedPage;
  /** The other linked accounts that could have been picked. */
  readonly others: readonly LinkedPage[];
}

/** Pages from several lists, each once, in the order of their first appearance, with its token if any list has it. */
export function mergePages(...lists: ReadonlyArray<readonly Page[]>): Page[] {
  const merged = new Map<string, Page>();
  for (const page of lists.flat()) {
    const known = merged.get(page.id);
    merged.set(page.id, {
      id: page.id,
      name: known?.name ?? page.name,
      accessToken: known?.accessToken ?? page.accessToken,
      instagram: known?.instagram ?? page.instagram,
    });
  }
  return [...merged.values()];
}

/** The pages whose linked Instagram account can be used, in Meta's order. */
export function linkedPages(pages: readonly Page[]): LinkedPage[] {
  return pages.flatMap(({ id, accessToken, instagram }) =>
    accessToken !== null && instagram !== null
      ? [{ id, token: accessToken, professionalAccountId: instagram.id, username: instagram.username }]
      : [],
  );
}

/**
 * The page to use: the one whose linked account the caller picked, else the first in Meta's order.
 *
 * @throws AppError PAGE_NOT_LINKED, whose `reason` is NO_PAGE, NONE_LINKED, PERMISSION_MISSING (the page was
 *   left unticked) or NOT_AMONG_THEM
 */
export function choosePage(pages: readonly Page[], picked: string | null): PageChoice {
  const linked = linkedPages(pages);
  const page = picked === null ? linked[0] : linked.find((one) => one.professionalAccountId === picked);
  if (page !== undefined) return { page, others: linked.filter((one) => one !== page) };
  if (pages.length === 0) {
    throw pageNotLinked('NO_PAGE', 'No Facebook Page can be reached with what was granted.');
  }
  if (linked.length > 0) {
    throw pageNotLinked(
      'NOT_AMONG_THEM',
      'None of the granted Facebook Pages is linked to the Instagram account that was picked.',
      { userAction: 'Connect again and tick the Facebook Page of the account that you picked.' },
    );
  }
  if (pages.some(({ instagram }) => instagram !== null)) {
    throw pageNotLinked(
      'PERMISSION_MISSING',
      'A linked Facebook Page was found, but the app was given no access to it.',
      { userAction: 'Connect again and leave the Facebook Page and every permission ticked.' },
    );
  }
  throw pageNotLinked(
    'NONE_LINKED',
    `None of the ${pages.length} reachable Facebook Pages has a linked Instagram professional account.`,
  );
}

export type PageNotLinkedReason = 'NO_PAGE' | 'NONE_LINKED' | 'PERMISSION_MISSING' | 'NOT_AMONG_THEM';

export function pageNotLinked(
  reason: PageNotLinkedReason,
  message: string,
  details: Pick<ErrorDetails, 'userAction' | 'meta'> = {},
): AppError {
  return new AppError('PAGE_NOT_LINKED', message, { step: 'page_token', reason, ...details });
}
