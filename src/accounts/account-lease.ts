import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import type { DueRow } from '../jobs/job.js';
import { locksRows } from '../sql/row-locks.js';
import { storedTime } from '../sql/stored-time.js';
import { MINUTE, plus } from '../time.js';
import type { TokenKind } from '../tokens/token-kind.js';
import { accountTables } from './account-table.js';

/** Outlives a call to Meta (15 s) with its pauses; it is renewed before each call. */
export const ACCOUNT_LEASE_MS = MINUTE;

/** The right to renew one account's token. */
export interface AccountLease {
  readonly accountId: string;
  /** Names this claim and no other: every write asks for it. */
  readonly fence: string;
}

/** Which renewals are asked for. */
export interface DueQuery {
  readonly now: Date;
  readonly kinds: readonly TokenKind[];
  readonly limit: number;
  /** Of these accounts only. */
  readonly ids?: readonly string[] | undefined;
}

/** Up to `limit` accounts whose renewal is due and that nobody renews, the longest due first. */
export async function findDueAccounts(em: EntityManager, query: DueQuery): Promise<DueRow[]> {
  const rows = await dueAccounts(em, query)
    .select(['account_id', 'next_refresh_at', 'lease_until'])
    .orderBy('next_refresh_at')
    .limit(query.limit)
    .execute();
  return rows.map(({ account_id, next_refresh_at, lease_until }) => ({
    id: account_id,
    occasion: `${next_refresh_at} ${lease_until ?? ''}`,
  }));
}

function dueAccounts(em: EntityManager, { now, kinds, ids }: DueQuery) {
  const time = storedTime(em, now);
  return accountTables(em)
    .selectFrom('instagram_account')
    .where('next_refresh_at', '<=', time)
    .where('token_kind', 'in', kinds)
    .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<=', time)]))
    .$if(ids !== undefined, (accounts) => accounts.where('account_id', 'in', ids ?? []));
}

/**
 * Claims up to `limit` accounts whose renewal is due and that nobody else renews, the longest due first.
 *
 * Two processes never claim the same: it is one statement, which passes over what another one is just claiming.
 */
export async function claimDueAccounts(em: EntityManager, query: DueQuery): Promise<AccountLease[]> {
  const fence = randomUUID();
  const rows = await accountTables(em)
    .with('due', () =>
      dueAccounts(em, query)
        .select('account_id')
        .orderBy('next_refresh_at')
        .limit(query.limit)
        .$if(locksRows(em), (accounts) => accounts.forUpdate().skipLocked()),
    )
    .updateTable('instagram_account')
    .set({ fence, lease_until: storedTime(em, plus(query.now, ACCOUNT_LEASE_MS)) })
    .where('account_id', 'in', (eb) => eb.selectFrom('due').select('account_id'))
    .returning('account_id')
    .execute();
  return rows.map(({ account_id }) => ({ accountId: account_id, fence }));
}

/** Claims one account, due or not; null when there is none, its token has ended, or somebody else renews it. */
export async function claimAccount(
  em: EntityManager,
  accountId: string,
  now: Date,
): Promise<AccountLease | null> {
  const fence = randomUUID();
  const time = storedTime(em, now);
  const { numUpdatedRows } = await accountTables(em)
    .updateTable('instagram_account')
    .set({ fence, lease_until: storedTime(em, plus(now, ACCOUNT_LEASE_MS)) })
    .where('account_id', '=', accountId)
    .where('token_end', 'is', null)
    .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<=', time)]))
    .executeTakeFirst();
  return numUpdatedRows === 1n ? { accountId, fence } : null;
}

/** Keeps a claim for another while; false when somebody else has it. */
export async function renewLease(em: EntityManager, lease: AccountLease, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await accountTables(em)
    .updateTable('instagram_account')
    .set({ lease_until: storedTime(em, plus(now, ACCOUNT_LEASE_MS)) })
    .where('account_id', '=', lease.accountId)
    .where('fence', '=', lease.fence)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Gives a claim back, with nothing done; the account is looked at again at `nextRefreshAt` if that is given. */
export async function releaseLease(
  em: EntityManager,
  lease: AccountLease,
  nextRefreshAt?: Date | null,
): Promise<void> {
  await accountTables(em)
    .updateTable('instagram_account')
    .set({
      fence: null,
      lease_until: null,
      ...(nextRefreshAt === undefined
        ? {}
        : { next_refresh_at: nextRefreshAt === null ? null : storedTime(em, nextRefreshAt) }),
    })
    .where('account_id', '=', lease.accountId)
    .where('fence', '=', lease.fence)
    .execute();
}
