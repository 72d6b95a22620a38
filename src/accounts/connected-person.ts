import { LockMode, type EntityManager } from '@mikro-orm/core';
import type { Profile } from '../tokens/ladder/ladder-start.js';
import { InstagramAccount } from './instagram-account.entity.js';

/**
 * The rows that are this person's, the oldest first. Usually none or one; two when the person was connected
 * by two rungs that shared no id, and this one tells that they are the same.
 *
 * Within a transaction they are locked, always in the same order.
 */
export async function findPerson(em: EntityManager, profile: Profile): Promise<InstagramAccount[]> {
  const { id, professionalAccountId, appScopedId } = profile;
  const rows = await em.find(
    InstagramAccount,
    {
      $or: [
        ...(professionalAccountId === null ? [] : [{ professionalAccountId }]),
        ...(appScopedId === null ? [] : [{ appScopedId }]),
        // A profile that was read with fewer fields may have left both columns of the first connect empty.
        { accountId: id },
      ],
    },
    {
      populate: ['accessToken'],
      orderBy: { accountId: 'asc' },
      lockMode: em.isInTransaction() ? LockMode.PESSIMISTIC_WRITE : LockMode.NONE,
    },
  );
  return rows.sort(
    (one, other) =>
      one.connectedAt.getTime() - other.connectedAt.getTime() || (one.accountId < other.accountId ? -1 : 1),
  );
}
