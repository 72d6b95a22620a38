import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import type { DueRow } from '../jobs/job.js';
import { storedTime } from '../sql/stored-time.js';
import { MINUTE, plus } from '../time.js';
import type { AccountQuery } from './account-ranges.js';
import { accountTables } from './account-table.js';
import { claimAccounts, dueAccounts, type DueQuery } from './due-accounts.js';

/** Outlives a call to Meta (15 s) with its pauses; it is renewed before each call. */
export const ACCOUNT_LEASE_MS = MINUTE;

/** The right to renew one account's token. */
export interface AccountLease {
  readonly accountId: string;
  /** Names this claim and no other: every write asks for it. */
  readonly fence: string;
}

/** Up to `limit` accounts whose renewal is due and that nobody renews, the longest due first. */
export async function findDueAccounts(em: EntityManager, query: DueQuery): Promise<DueRow[]> {
  const rows = await dueRenewals(em, query)
    .select(['account_id', 'next_refresh_at', 'lease_until'])
    .execute();
  return rows.map(({ account_id, next_refresh_at, lease_until }) => ({
    id: account_id,
    occasion: `${next_refresh_at} ${lease_until ?? ''}`,
  }));
}

/** Claims up to `limit` accounts whose renewal is due and that nobody else renews, the longest due first. */
export async function claimDueAccounts(em: EntityManager, query: DueQuery): Promise<AccountLease[]> {
  const fence = randomUUID();
  const leaseUntil = storedTime(em, plus(query.now, ACCOUNT_LEASE_MS));
  const ids = await claimAccounts(em, dueRenewals(em, query), { fence, lease_until: leaseUntil });
  return ids.map((accountId) => ({ accountId, fence }));
}

function dueRenewals(em: EntityManager, query: DueQuery): AccountQuery {
  const time = storedTime(em, query.now);
  const isAboutFew = query.kinds.every((kind) => kind === 'SHORT_LIVED');
  return (
    dueAccounts(em, 'next_refresh_at', query)
      .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<=', time)]))
      // Those that live for an hour are looked for among the living of their kind, not behind all that is due.
      .$if(isAboutFew, (accounts) => accounts.where('token_end', 'is', null))
  );
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
