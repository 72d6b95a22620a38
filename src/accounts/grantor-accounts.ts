import { LockMode, type EntityManager, type FilterQuery } from '@mikro-orm/core';
import { InstagramAccount } from './instagram-account.entity.js';

/** Who took the app off, as Meta's calls name them: a person, or else a page. */
export interface Grantor {
  readonly userId: string | null;
  readonly profileId: string | null;
}

/**
 * All accounts of a person, or of a page, as part of the caller's transaction. Which of a person's ids Meta sends
 * depends on how they logged in, and for Instagram Login nobody has said: each is looked for. No two kinds of
 * ids have one in common.
 */
export function findGrantorAccounts(
  em: EntityManager,
  { userId, profileId }: Grantor,
): Promise<InstagramAccount[]> {
  const wanted: FilterQuery<InstagramAccount> =
    userId === null
      ? { pageId: profileId ?? '' }
      : {
          $or: [
            { grantorId: userId },
            { appScopedId: userId },
            { professionalAccountId: userId },
            { accountId: userId },
          ],
        };
  return em.find(InstagramAccount, wanted, {
    populate: ['accessToken'],
    orderBy: { accountId: 'asc' },
    lockMode: LockMode.PESSIMISTIC_WRITE,
  });
}
