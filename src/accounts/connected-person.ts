import { LockMode, type EntityManager } from '@mikro-orm/core';
import type { SqlBool } from 'kysely';
import { compileNamed } from '../sql/compile-named.js';
import type { Profile } from '../tokens/ladder/ladder-start.js';
import type { AccountColumns } from './account-table.js';
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

/** Whether any row is this person's: most who connect are new, and need no row to be read. */
export async function isKnown(
  em: EntityManager,
  { id, professionalAccountId, appScopedId }: Profile,
): Promise<boolean> {
  const [found] = await findOne(em, {
    account_id: id,
    professional_account_id: professionalAccountId,
    app_scoped_id: appScopedId,
  });
  return Boolean(found?.known);
}

type Ids = Pick<AccountColumns, 'account_id' | 'professional_account_id'> & {
  readonly app_scoped_id: string | null;
};

/**
 * What is null is equal to nothing. One look into each index: SQLite takes five times as long for them when they are
 * alternatives of one `where`.
 */
const findOne = compileNamed<{ instagram_account: Ids }, { known: SqlBool }, Ids>((tables, value) =>
  tables.selectNoFrom((row) => {
    const hasOne = (column: keyof Ids) =>
      row.exists(row.selectFrom('instagram_account').select(column).where(column, '=', value(column)));
    return row
      .or([hasOne('account_id'), hasOne('professional_account_id'), hasOne('app_scoped_id')])
      .as('known');
  }),
);
