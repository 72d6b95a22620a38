import { LockMode } from '@mikro-orm/core';
import { AppError } from '../errors.js';
import type { Logger } from '../logger.js';
import { blockingAll, longestLimit, type Limit } from '../meta/limits.js';
import { isDatabaseAway } from '../sql/database-away.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import { DAY, MINUTE, SECOND, plus } from '../time.js';
import { SealBrokenError } from '../tokens/cipher.js';
import { backoffMs } from '../tokens/failure-policy.js';
import { CallsEndedError } from '../tokens/leased-calls.js';
import { nextRefresh } from '../tokens/refresh-schedule.js';
import { breakerKinds } from '../tokens/renewal-lanes.js';
import { requireAge } from '../tokens/renew-token.js';
import { appOf } from '../tokens/token-app.js';
import { toTokenProblem } from '../tokens/token-problem.js';
import { needsReauthorization } from '../tokens/token-state.js';
import { recordEvent } from './account-history.js';
import { claimAccount, releaseLease, type AccountLease } from './account-lease.js';
import { limitScopes, limitsOf, requireNoLimit } from './account-limits.js';
import { InstagramAccount } from './instagram-account.entity.js';
import { awaitOtherRenewal } from './other-renewal.js';
import { renewAccount, type RenewAccountOptions } from './renew-account.js';
import { requireLiving, stateOf } from './require-living.js';
import { scheduledToken } from './scheduled-token.js';

/** How long a caller waits for another process that renews the same token. */
const JOIN_FOR_MS = 25 * SECOND;

export interface AccountRefresherOptions extends RenewAccountOptions {
  readonly logger: Logger;
}

/**
 * What a renewal on schedule came to:
 * - `works`: Meta answered as it should, whatever it said of this token
 * - `fails`: it failed for a reason that is not the account's own
 * - `skipped`: Meta was not asked, or what it said is no news of this account any more
 */
export type ScheduledOutcome = 'works' | 'fails' | 'skipped';

interface ScheduledRenewal {
  readonly outcome: ScheduledOutcome;
  /** What Meta refused. */
  readonly error: AppError | null;
}

const skipped: ScheduledRenewal = { outcome: 'skipped', error: null };

/** An account that was claimed because its renewal is due, as it was read after the claim. */
export interface DueAccount {
  readonly lease: AccountLease;
  readonly account: InstagramAccount;
  /** Of Meta's limits that its renewal has to obey, the one that ends last. */
  readonly limit: Limit | null;
  /** The limits by which hosts are closed to it. */
  readonly closed: readonly Limit[];
}

/**
 * Renews tokens, each by one caller at a time:
 * claim the account → read it → obey Meta's limits → renew the token at Meta → write what came of it, if the
 * claim still stands and the token is still the one that was read.
 *
 * A reconnect that happens meanwhile wins: it ends the claim, and its token is newer than anything that the
 * renewal knows.
 */
export class AccountRefresher {
  /** Renewals of this process that callers have asked for, by account. */
  readonly #asked = new Map<string, Promise<void>>();
  /** Renewals of this process that were due, by account. */
  readonly #due = new Map<string, Promise<ScheduledRenewal>>();

  constructor(private readonly options: AccountRefresherOptions) {}

  /** Resolves when no caller's renewal is under way any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#asked.values());
  }

  /**
   * Renews a token now, whatever the schedule says. A renewal that is under way is joined.
   *
   * @throws AppError NOT_FOUND, REAUTHORIZATION_REQUIRED (the token is dead), RATE_LIMITED (younger than a day),
   *   META_RATE_LIMITED (Meta is not asked), or what Meta said
   */
  refreshNow(accountId: string, actor: string): Promise<void> {
    const asked =
      this.#asked.get(accountId) ??
      this.#refreshNow(accountId, actor).finally(() => this.#asked.delete(accountId));
    this.#asked.set(accountId, asked);
    return asked;
  }

  /**
   * Reads accounts that were claimed together, and the limits of all of them: two statements, however many they
   * are. An account whose claim has been ended since is left out.
   */
  async readDue(leases: readonly AccountLease[]): Promise<DueAccount[]> {
    const { clock, em, limits } = this.options;
    if (leases.length === 0) return [];
    const byId = new Map(leases.map((lease) => [lease.accountId, lease]));
    const accounts = await em().find(
      InstagramAccount,
      { accountId: { $in: [...byId.keys()] } },
      { populate: ['accessToken'] },
    );
    const standing = await limits.find([...new Set(accounts.flatMap(limitScopes))], clock.now());
    return accounts.flatMap((account) => {
      const lease = byId.get(account.accountId);
      if (lease === undefined || lease.fence !== account.fence) return [];
      return [{ lease, account, limit: longestLimit(limitsOf(account, standing)), closed: standing }];
    });
  }

  /** Renews the token of an account that was claimed because it was due. Never throws for what Meta says. */
  async refreshDue(due: DueAccount): Promise<ScheduledOutcome> {
    const { accountId } = due.lease;
    const renewal = this.#refreshDue(due);
    this.#due.set(accountId, renewal);
    try {
      return (await renewal).outcome;
    } finally {
      this.#due.delete(accountId);
    }
  }

  async #refreshDue({ lease, account, limit, closed }: DueAccount): Promise<ScheduledRenewal> {
    const { clock, logger } = this.options;
    const { accountId } = lease;
    try {
      const now = clock.now();
      if (needsReauthorization(stateOf(account, now))) {
        // Its time is over: the state check ends it.
        await this.#release(lease, null);
        return skipped;
      }
      const due = nextRefresh(scheduledToken(account), account.tokenIssuedAt);
      if (account.tokenKind === 'LONG_LIVED' && account.refreshFailures === 0 && due !== null && due > now) {
        // It was renewed, or its time set, by somebody who did not know the schedule.
        await this.#release(lease, due);
        return skipped;
      }
      if (limit !== null) {
        await this.#release(lease, limit.until);
        return skipped;
      }
      const made = await renewAccount(this.options, lease, account, { actor: 'system', closed });
      if (made === null) return skipped;
      return { outcome: made.failedForAll ? 'fails' : 'works', error: made.error };
    } catch (err) {
      if (err instanceof CallsEndedError) {
        await this.#release(lease);
        return skipped;
      }
      logger.error({ err, accountId }, 'a renewal could not be made');
      if (err instanceof SealBrokenError) await this.#noteUnreadable(lease, err);
      else await this.#release(lease, this.#afterTrouble(account, err));
      return skipped;
    }
  }

  /** When to try again after trouble of our own: whatever it is, it must not come first again. */
  #afterTrouble(account: InstagramAccount, error: unknown): Date | null {
    const now = this.options.clock.now();
    if (isDatabaseAway(error)) return plus(now, MINUTE);
    // A day is longer than a short-lived token has.
    return account.tokenKind === 'SHORT_LIVED' ? nextRefresh(scheduledToken(account), now) : plus(now, DAY);
  }

  async #refreshNow(accountId: string, actor: string): Promise<void> {
    const { em, clock } = this.options;
    const deadline = plus(clock.now(), JOIN_FOR_MS);
    for (;;) {
      const lease = await claimAccount(em(), accountId, clock.now());
      if (lease !== null) return this.#renewClaimed(lease, actor);
      const due = this.#due.get(accountId);
      if (due === undefined) {
        if (await awaitOtherRenewal(this.options, accountId, deadline)) return;
        continue;
      }
      const { outcome, error } = await due;
      if (error !== null) throw error;
      if (outcome !== 'skipped') return;
    }
  }

  async #renewClaimed(lease: AccountLease, actor: string): Promise<void> {
    const { clock, limits } = this.options;
    try {
      const account = await this.#read(lease);
      if (account === null) return;
      const now = clock.now();
      requireLiving(account, now);
      requireAge({ kind: account.tokenKind, issuedAt: account.tokenIssuedAt }, now);
      const standing = await limits.find(limitScopes(account), now);
      requireNoLimit(limitsOf(account, standing), now);
      const closed = blockingAll(standing);
      const made = await renewAccount(this.options, lease, account, { actor, closed });
      if (made !== null && !made.failedForAll) await this.#tellBreaker(account);
      if (made?.error != null) throw made.error;
    } catch (error) {
      await this.#release(lease);
      if (error instanceof CallsEndedError) {
        throw new AppError('META_UNAVAILABLE', 'The renewal was not made: the server is stopping.');
      }
      throw error;
    }
  }

  async #tellBreaker({ tokenKind }: InstagramAccount): Promise<void> {
    const app = appOf(tokenKind);
    if (breakerKinds(app).includes(tokenKind)) await this.options.breaker.worked(app);
  }

  async #read({ accountId, fence }: AccountLease): Promise<InstagramAccount | null> {
    return this.options.em().findOne(InstagramAccount, { accountId, fence }, { populate: ['accessToken'] });
  }

  /** The token that no key opens may be a good one: it stays, and says what is wrong. */
  async #noteUnreadable(
    { accountId, fence }: AccountLease,
    { message, reason }: SealBrokenError,
  ): Promise<void> {
    const { em, clock } = this.options;
    await unitOfWork(em(), async (transaction) => {
      const account = await transaction.findOne(
        InstagramAccount,
        { accountId, fence },
        { lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      if (account === null) return;
      const now = clock.now();
      const isNews = account.tokenProblem?.message !== message;
      account.fence = null;
      account.leaseUntil = null;
      account.refreshFailures += 1;
      // While keys rotate, another server may have a key that this one is only about to get.
      const pauseMs = reason === 'unknown_key' ? backoffMs(account.refreshFailures, Math.random()) : DAY;
      account.nextRefreshAt = plus(now, pauseMs);
      account.updatedAt = now;
      const error = new AppError('INTERNAL_SERVER_ERROR', message, {
        userAction: 'Put the key back into TOKEN_ENCRYPTION_KEYS, or connect the Instagram account again.',
      });
      account.tokenProblem = toTokenProblem(error, now);
      if (isNews) {
        recordEvent(transaction, { accountId, at: now, type: 'failed', actor: 'system', detail: message });
      }
    });
  }

  #release(lease: AccountLease, nextRefreshAt?: Date | null): Promise<void> {
    return releaseLease(this.options.em(), lease, nextRefreshAt);
  }
}
