import { LockMode, type EntityManager } from '@mikro-orm/core';
import { AppError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Limit, LimitScope } from '../meta/limits.js';
import type { RecordNotice } from '../notices/notice-outbox.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import { DAY, SECOND, plus } from '../time.js';
import type { Breaker } from '../tokens/breaker.js';
import type { Cipher } from '../tokens/cipher.js';
import { CallsEndedError, leasedCalls } from '../tokens/leased-calls.js';
import type { LimitStore } from '../tokens/limit-store.js';
import { nextRefresh } from '../tokens/refresh-schedule.js';
import type { TokenKind } from '../tokens/token-kind.js';
import { needsReauthorization } from '../tokens/token-state.js';
import { renewToken, requireAge, type Renewal, type RenewalEnvironment } from '../tokens/renew-token.js';
import {
  ACCOUNT_LEASE_MS,
  claimAccount,
  releaseLease,
  renewLease,
  type AccountLease,
} from './account-lease.js';
import { findPerson } from './connected-person.js';
import { InstagramAccount } from './instagram-account.entity.js';
import { identify } from './merge-accounts.js';
import { requireLiving, stateOf } from './require-living.js';
import { scheduledToken } from './scheduled-token.js';
import { openAccountToken } from './sealed-token.js';
import { writeRenewal, type WrittenRenewal } from './write-renewal.js';

/** How long a caller waits for another process that renews the same token, and how often it looks. */
const JOIN_FOR_MS = 25 * SECOND;
const LOOK_EVERY_MS = SECOND / 4;

export interface AccountRefresherOptions extends RenewalEnvironment {
  /** A fresh EntityManager for each use. */
  readonly em: () => EntityManager;
  readonly cipher: Cipher;
  readonly limits: LimitStore;
  readonly breaker: Breaker;
  readonly record: RecordNotice;
  readonly logger: Logger;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/**
 * What a renewal on schedule came to:
 * - `works`: Meta answered as it should, whatever it said of this token
 * - `fails`: it failed for a reason that is not the account's own
 * - `skipped`: Meta was not asked
 */
export type ScheduledOutcome = 'works' | 'fails' | 'skipped';

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
  /** Renewals of this process that were due, by account, with what Meta refused. */
  readonly #due = new Map<string, Promise<AppError | null>>();

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

  /** Renews the token of an account that was claimed because it was due. Never throws for what Meta says. */
  async refreshDue(lease: AccountLease): Promise<ScheduledOutcome> {
    const renewal = this.#refreshDue(lease);
    const failure = renewal.then(({ error }) => error);
    // Whoever joins hears of a fault of ours, too; here the worker does.
    failure.catch(() => undefined);
    this.#due.set(lease.accountId, failure);
    try {
      return (await renewal).outcome;
    } finally {
      this.#due.delete(lease.accountId);
    }
  }

  async #refreshDue(lease: AccountLease): Promise<{ outcome: ScheduledOutcome; error: AppError | null }> {
    const { clock, limits, logger } = this.options;
    const { accountId } = lease;
    const skipped = { outcome: 'skipped', error: null } as const;
    try {
      const account = await this.#read(lease);
      if (account === null) return skipped;
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
      const limit = longest(await limits.find(limitScopes(account), now));
      if (limit !== null) {
        await this.#release(lease, limit.until);
        return skipped;
      }
      const written = await this.#renew(lease, account, 'system');
      return { outcome: written.failedForAll ? 'fails' : 'works', error: written.error };
    } catch (err) {
      if (err instanceof CallsEndedError) {
        await this.#release(lease);
        return skipped;
      }
      logger.error({ err, accountId }, 'a renewal could not be made');
      // A row that cannot be worked with (a seal that no key opens) must not come first again.
      await this.#release(lease, plus(clock.now(), DAY));
      return skipped;
    }
  }

  async #refreshNow(accountId: string, actor: string): Promise<void> {
    const { em, clock, limits } = this.options;
    const lease = await claimAccount(em(), accountId, clock.now());
    if (lease === null) {
      const due = this.#due.get(accountId);
      if (due === undefined) return this.#join(accountId);
      const error = await due;
      if (error !== null) throw error;
      return;
    }
    try {
      const account = await this.#read(lease);
      if (account === null) return;
      const now = clock.now();
      requireLiving(account, now);
      requireAge({ kind: account.tokenKind, issuedAt: account.tokenIssuedAt }, now);
      requireNoLimit(await limits.find(limitScopes(account), now), now);
      const written = await this.#renew(lease, account, actor);
      if (written.error !== null) throw written.error;
    } catch (error) {
      await this.#release(lease);
      if (error instanceof CallsEndedError) {
        throw new AppError('META_UNAVAILABLE', 'The renewal was not made: the server is stopping.');
      }
      throw error;
    }
  }

  /**
   * Waits for the process that renews the token now.
   *
   * @throws AppError NOT_FOUND, REAUTHORIZATION_REQUIRED, RATE_LIMITED (it still takes its time)
   */
  async #join(accountId: string): Promise<void> {
    const { em, clock, stopping } = this.options;
    const deadline = clock.now().getTime() + JOIN_FOR_MS;
    for (;;) {
      const account = await em().findOne(InstagramAccount, { accountId });
      const now = clock.now();
      if (account === null) throw new AppError('NOT_FOUND', 'There is no such account.');
      requireLiving(account, now);
      if (account.leaseUntil == null || account.leaseUntil <= now) return;
      if (now.getTime() >= deadline || stopping.aborted) {
        throw new AppError('RATE_LIMITED', 'Another process is renewing this token.', {
          retryAfterSeconds: Math.ceil(LOOK_EVERY_MS / SECOND),
        });
      }
      await clock.sleep(LOOK_EVERY_MS);
    }
  }

  async #read({ accountId, fence }: AccountLease): Promise<InstagramAccount | null> {
    return this.options.em().findOne(InstagramAccount, { accountId, fence }, { populate: ['accessToken'] });
  }

  async #renew(
    lease: AccountLease,
    account: InstagramAccount,
    actor: string,
  ): Promise<WrittenRenewal & { error: AppError | null }> {
    const { em, cipher, clock, meta, limits, stopping } = this.options;
    const { accountId } = account;
    const renewal = await renewToken(
      {
        value: openAccountToken(cipher, accountId, account.accessToken),
        kind: account.tokenKind,
        pageId: account.pageId ?? null,
        flow: account.flow,
        issuedAt: account.tokenIssuedAt,
        expiresAt: account.tokenExpiry ?? null,
        professionalAccountId: account.professionalAccountId ?? null,
        grantedScopes: account.scopes.length === 0 ? null : account.scopes,
        steps: account.connectionSteps,
      },
      {
        ...this.options,
        meta: leasedCalls(meta, {
          clock,
          leaseMs: ACCOUNT_LEASE_MS,
          renew: () => renewLease(em(), lease, clock.now()),
          stopping,
        }),
      },
    );
    const written = await this.#write(lease, account.tokenVersion, renewal, actor);
    // What Meta said of a token that has been replaced since is no news of the account.
    if (written === null) return { limit: null, failedForAll: false, error: null };
    if (written.limit !== null) await limits.keep([written.limit]);
    return { ...written, error: renewal.result === 'failed' ? renewal.error : null };
  }

  /** Null when the claim was lost, or the token replaced: nothing was written. */
  async #write(
    { accountId, fence }: AccountLease,
    tokenVersion: number,
    renewal: Renewal,
    actor: string,
  ): Promise<WrittenRenewal | null> {
    const { em, cipher, clock, record, requestedScopes, breaker } = this.options;
    const breakerState = renewal.result === 'failed' ? await breaker.state() : null;
    return unitOfWork(em(), async (transaction) => {
      const account = await transaction.findOne(
        InstagramAccount,
        { accountId, fence, tokenVersion },
        { lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      if (account === null) return null;
      const now = clock.now();
      account.fence = null;
      account.leaseUntil = null;
      const written = writeRenewal(transaction, account, renewal, {
        cipher,
        record,
        requestedScopes,
        actor,
        now,
        // While it is open, nobody is demoted; what failed before it closed had its reason.
        unknownCountsFrom: breakerState?.state === 'CLOSED' ? breakerState.closedAt : now,
        random: Math.random(),
      });
      if (renewal.result === 'climbed') {
        const rows = await findPerson(transaction, renewal.climbed.profile);
        // A second row of the same person stays until they connect again: then both are merged.
        if (rows.every((row) => row.accountId === accountId)) identify(account, renewal.climbed, rows);
      }
      return written;
    });
  }

  #release(lease: AccountLease, nextRefreshAt?: Date | null): Promise<void> {
    return releaseLease(this.options.em(), lease, nextRefreshAt);
  }
}

/** Which app's calls a renewal makes. */
export const appScopes: Readonly<Record<TokenKind, readonly LimitScope[]>> = {
  PAGE: ['app:facebook'],
  LONG_LIVED: ['app:instagram'],
  SHORT_LIVED: ['app:instagram', 'app:facebook'],
};

/** Whose limits a renewal of the account's token has to obey. */
function limitScopes(account: InstagramAccount): LimitScope[] {
  return [...appScopes[account.tokenKind], ...accountScopes(account)];
}

/** The limits that are about this account alone. */
export function accountScopes(account: InstagramAccount): LimitScope[] {
  const ids = [account.accountId, account.professionalAccountId, account.pageId].filter((id) => id != null);
  return [`account:${account.accountId}`, ...[...new Set(ids)].map((id): LimitScope => `business:${id}`)];
}

function longest(limits: readonly Limit[]): Limit | null {
  return limits.reduce<Limit | null>(
    (longest, limit) => (longest && longest.until >= limit.until ? longest : limit),
    null,
  );
}

/**
 * A person who waits may use what background work leaves alone, but nobody what Meta has closed.
 *
 * @throws AppError META_RATE_LIMITED
 */
function requireNoLimit(limits: readonly Limit[], now: Date): void {
  const limit = longest(limits.filter(({ blocks }) => blocks === 'all'));
  if (limit === null) return;
  throw new AppError('META_RATE_LIMITED', 'Meta limits our calls; it was not asked again.', {
    step: 'renewal',
    retryAfterSeconds: Math.ceil((limit.until.getTime() - now.getTime()) / SECOND),
  });
}
