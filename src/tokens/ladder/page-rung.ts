import { AppError } from '../../errors.js';
import { fetchFacebookUserId } from '../../meta/facebook-me.js';
import { fetchGrantedPermissions } from '../../meta/me-permissions.js';
import { MetaError } from '../../meta/meta-error.js';
import type { Meta } from '../../meta/meta.js';
import { orMetaError } from '../../meta/or-error.js';
import { fetchPageProfile } from '../../meta/page-profile.js';
import type { Secret } from '../../secret.js';
import type { Clock } from '../../time.js';
import { findPages, type FoundPages } from './find-pages.js';
import type { Profile } from './ladder-start.js';
import { choosePage, pageNotLinked, type LinkedPage } from './page-choice.js';
import { requireBasicScope } from './scopes.js';
import type { StepLog } from './step-log.js';

export interface PageRung {
  readonly token: Secret;
  readonly profile: Profile;
  readonly grantorId: string | null;
  readonly grantedScopes: readonly string[] | null;
  /** The linked accounts that were not chosen, by username and by the id that picks them. */
  readonly others: readonly string[];
}

export interface PageRungInput {
  /** A long-lived Facebook User token: the pages' tokens live as long as it, which here is for ever. */
  readonly userToken: Secret;
  readonly requestedScopes: readonly string[];
  /** Null where the code exchange did not tell: they are asked for. */
  readonly grantedScopes: readonly string[] | null;
  readonly professionalAccountId: string | null;
}

const FEWER_PORTFOLIOS =
  'Connect again and tick fewer business portfolios on the consent page, with the one that owns the Facebook Page among them.';

/** Without it Meta lists no page. */
const PAGE_LIST_SCOPE = 'pages_show_list';

/**
 * Finds the page with the linked Instagram account, and reads the profile with the page's own token: only a
 * page token that has been used with success is kept.
 *
 * @throws AppError PAGE_NOT_LINKED (no page, none linked, or a permission missing)
 * @throws MetaError when Meta cannot be asked
 */
export async function takePageRung(
  meta: Meta,
  clock: Clock,
  log: StepLog,
  input: PageRungInput,
): Promise<PageRung> {
  const [found, grantorId, askedScopes] = await Promise.all([
    orMetaError(findPages(meta, input.userToken, clock, input.professionalAccountId)),
    // Only good to have: the failure of these two changes nothing.
    orNull(fetchFacebookUserId(meta, input.userToken)),
    input.grantedScopes === null ? orNull(fetchGrantedPermissions(meta, input.userToken)) : null,
  ]);
  const grantedScopes = input.grantedScopes ?? askedScopes;
  // What was not granted explains best why nothing is found.
  requireBasicScope(input.requestedScopes, grantedScopes, 'page_token');
  if (found instanceof MetaError) throw found.errorClass === 'permission' ? permissionMissing(found) : found;
  if (found.pages.length === 0 && askedScopes?.includes(PAGE_LIST_SCOPE) === false) {
    throw pageNotLinked('PERMISSION_MISSING', `The permission ${PAGE_LIST_SCOPE} was not granted.`, {
      userAction: 'Connect again and leave every permission ticked on the consent page.',
    });
  }
  if (found.portfoliosSkipped && found.unread !== null) {
    log.note('page_token', `Business portfolios SKIPPED: Meta did not list them (${found.unread.code}).`);
  }
  if (found.leftOut > 0) {
    log.note('page_token', `Business portfolios not looked through: the last ${found.leftOut}.`);
  }
  const choice = chooseOrExplain(found, input.professionalAccountId);
  const profile = await log.take('profile', () => readProfile(meta, choice.page));
  if (!profile.ok) throw profile.error;
  return {
    token: choice.page.token,
    profile: profile.value,
    grantorId,
    grantedScopes,
    others: choice.others.map(({ username, professionalAccountId: id }) =>
      username === null ? id : `${username} (${id})`,
    ),
  };
}

function chooseOrExplain(
  { pages, unread, leftOut }: FoundPages,
  picked: string | null,
): { page: LinkedPage; others: readonly LinkedPage[] } {
  try {
    return choosePage(pages, picked);
  } catch (error) {
    // What could not be read may hold the page: only Meta's clear no makes the answer final.
    if (unread !== null && mayPass(unread)) throw unread;
    if (leftOut === 0 || !(error instanceof AppError)) throw error;
    throw new AppError(
      error.code,
      `${error.message} ${leftOut} of the business portfolios were not looked through: it may be in one of them.`,
      { ...error.details, userAction: FEWER_PORTFOLIOS },
    );
  }
}

/** A page that answers 403 or 404 in the place of a list is a no, too: to the list of pages, Meta has just said yes. */
function mayPass({ retryable, errorClass, status, meta }: MetaError): boolean {
  const isPlainRefusal = errorClass === 'transient' && meta.code === null && status !== null && status < 500;
  return retryable && !isPlainRefusal;
}

async function readProfile(meta: Meta, page: LinkedPage): Promise<Profile> {
  const profile = await fetchPageProfile(meta, page.id, page.token);
  if (profile === null) {
    throw pageNotLinked(
      'NONE_LINKED',
      'The Facebook Page has no linked Instagram professional account any more.',
    );
  }
  return {
    id: profile.id,
    professionalAccountId: profile.id,
    appScopedId: null,
    username: profile.username,
    name: profile.name,
    pictureUrl: profile.profilePictureUrl,
    pageId: page.id,
  };
}

function permissionMissing({ message, userAction, meta }: MetaError): AppError {
  return pageNotLinked('PERMISSION_MISSING', message, { userAction, meta });
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  const answer = await orMetaError(asked);
  // Nothing depends on it: whoever needs it later finds null.
  return answer instanceof MetaError ? null : answer;
}
