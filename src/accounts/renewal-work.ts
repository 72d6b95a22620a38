import type { EntityManager } from '@mikro-orm/core';
import { storedTime } from '../sql/stored-time.js';
import type { Clock } from '../time.js';
import type { MetaApp } from '../meta/limits.js';
import type { RecentRenewals } from '../tokens/breaker.js';
import type { LimitStore } from '../tokens/limit-store.js';
import { breakerKinds } from '../tokens/renewal-lanes.js';
import type { RenewalWork } from '../tokens/renewal-worker.js';
import { claimDueAccounts, findDueAccounts } from './account-lease.js';
import type { AccountRefresher, DueAccount } from './account-refresher.js';
import { accountTables } from './account-table.js';

export interface RenewalWorkOptions {
  readonly em: () => EntityManager;
  readonly clock: Clock;
  readonly limits: LimitStore;
  readonly refresher: AccountRefresher;
}

/** What the worker does with connected accounts. */
export function renewalWork({ em, clock, limits, refresher }: RenewalWorkOptions): RenewalWork<DueAccount> {
  return {
    async findDue({ app, kinds }, limit) {
      const now = clock.now();
      return (await limits.isLimited(app, now)) ? [] : findDueAccounts(em(), { now, kinds, limit });
    },
    async claimDue({ app, kinds }, limit, ids) {
      const now = clock.now();
      if (await limits.isLimited(app, now)) return [];
      return refresher.readDue(await claimDueAccounts(em(), { now, kinds, limit, ids }));
    },
    renew: (due) => refresher.refreshDue(due),
  };
}

/**
 * Accounts whose renewals the app's breaker is about, but for the one named `except`, that were tried since
 * `since`, and those of them for which it failed as it may for all.
 */
export async function recentRenewals(
  em: EntityManager,
  app: MetaApp,
  since: Date,
  except: string | null,
): Promise<RecentRenewals> {
  const { tried, failed } = await accountTables(em)
    .selectFrom('instagram_account')
    .select((eb) => [
      eb.fn.countAll<number>().as('tried'),
      eb.fn.countAll<number>().filterWhere('last_try_failed', 'is', true).as('failed'),
    ])
    .where('last_tried_at', '>', storedTime(em, since))
    .where('token_kind', 'in', breakerKinds(app))
    .$if(except !== null, (query) => query.where('account_id', '!=', except))
    .executeTakeFirstOrThrow();
  return { tried: Number(tried), failed: Number(failed) };
}

/** How many renewals are due, and since when the oldest is. */
export async function countDue(
  em: EntityManager,
  now: Date,
): Promise<{ dueCount: number; oldestDueAt: Date | null }> {
  const { count, oldest } = await accountTables(em)
    .selectFrom('instagram_account')
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.min('next_refresh_at').as('oldest')])
    .where('next_refresh_at', '<=', storedTime(em, now))
    .executeTakeFirstOrThrow();
  return { dueCount: Number(count), oldestDueAt: oldest === null ? null : new Date(oldest) };
}
