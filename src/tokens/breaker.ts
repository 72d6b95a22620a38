import { LockMode, type EntityManager } from '@mikro-orm/core';
import { metaApps, type MetaApp } from '../meta/limits.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import { DAY, HOUR, MINUTE, plus, type Clock } from '../time.js';
import { UNKNOWN_ENDS_AFTER_MS } from './failure-policy.js';
import { RenewalBreaker } from './renewal-breaker.entity.js';
import { kyselyOf } from '../sql/kysely-of.js';

/** Longer than the longest pause after a failure: an account that fails was tried within it. */
const WINDOW_MS = 8 * HOUR;
/** Fewer accounts than this have nothing in common. */
const MINIMUM_FAILED = 5;
/** Others who get what nobody can read: of two accounts each may have a trouble of its own. */
const MINIMUM_SHARING = 2;
/** Of unreadable answers that are shared. A day less than what ends a token: one more has to be the account's own. */
const SHARED_COUNTS_MS = UNKNOWN_ENDS_AFTER_MS - DAY;
const FIRST_PAUSE_MS = 5 * MINUTE;
const LONGEST_PAUSE_MS = HOUR;
/** Outlives a renewal. */
const PROBE_LEASE_MS = 2 * MINUTE;

/** Accounts whose last renewal was tried lately, and those of them that failed for a reason not their own. */
export interface RecentRenewals {
  readonly tried: number;
  readonly failed: number;
}

export type BreakerState =
  | { readonly state: 'CLOSED'; readonly closedAt: Date | null }
  | { readonly state: 'OPEN' | 'HALF_OPEN'; readonly openedAt: Date; readonly retryAt: Date };

/** Times are milliseconds since 1970. */
interface BreakerTables {
  renewal_breaker: {
    app: MetaApp;
    opened_at: number | null;
    until: number | null;
    closed_at: number | null;
  };
}

/** How many renewals may begin: as many as are due, one to see whether it works again, or none. */
export type Permission = 'all' | 'one' | 'none';

export interface BreakerOptions {
  readonly em: () => EntityManager;
  readonly clock: Clock;
  /** Of the app's accounts, but for the one named `except`. */
  readonly recentRenewals: (app: MetaApp, since: Date, except: string | null) => Promise<RecentRenewals>;
  /** Tells the operator, as part of the transaction that opens or closes. */
  readonly announce: (em: EntityManager, app: MetaApp, change: 'opened' | 'closed', at: Date) => void;
  /** Told of it when that is done. */
  readonly onChange: (app: MetaApp, change: 'opened' | 'closed') => void;
}

/**
 * Pauses all renewals of an app, but for those of short-lived tokens, when at least five accounts, and half of
 * those that were tried lately, fail for reasons that are ours or Meta's: the app's configuration, its limits,
 * faults and unreadable answers. No account is worse off for it; after the pause one renewal is tried, and when
 * Meta answers it as it should, all go on.
 *
 * One for each app: what is wrong at graph.instagram.com says nothing of graph.facebook.com. It lives in the
 * database: every process obeys the same one, and a restart forgets nothing.
 */
export class Breaker {
  constructor(private readonly options: BreakerOptions) {}

  async state(app: MetaApp): Promise<BreakerState> {
    // Around the entity: it is asked before each claim.
    const row = await kyselyOf<BreakerTables>(this.options.em())
      .selectFrom('renewal_breaker')
      .select(['opened_at', 'until', 'closed_at'])
      .where('app', '=', app)
      .executeTakeFirst();
    if (row?.opened_at == null || row.until === null)
      return { state: 'CLOSED', closedAt: row?.closed_at == null ? null : new Date(row.closed_at) };
    const retryAt = new Date(row.until);
    const isOver = retryAt <= this.options.clock.now();
    return { state: isOver ? 'HALF_OPEN' : 'OPEN', openedAt: new Date(row.opened_at), retryAt };
  }

  /** Of every app. */
  states(): Promise<Array<BreakerState & { readonly app: MetaApp }>> {
    return Promise.all(metaApps.map(async (app) => ({ app, ...(await this.state(app)) })));
  }

  /** Asks for permission. Whoever gets `one` has to report what came of it, or to give it back. */
  async permission(app: MetaApp): Promise<Permission> {
    const { state } = await this.state(app);
    if (state === 'CLOSED') return 'all';
    if (state === 'OPEN') return 'none';
    const now = this.options.clock.now();
    const taken = await this.options.em().nativeUpdate(
      RenewalBreaker,
      {
        app,
        openedAt: { $ne: null },
        until: { $lte: now },
        $or: [{ probeUntil: null }, { probeUntil: { $lte: now } }],
      },
      { probeUntil: plus(now, PROBE_LEASE_MS) },
    );
    return taken === 1 ? 'one' : 'none';
  }

  /** What the one renewal of the half-open breaker came to; `unused`: there was nothing to renew. */
  async probed(app: MetaApp, outcome: 'works' | 'fails' | 'unused'): Promise<void> {
    const { em, clock, announce, onChange } = this.options;
    const now = clock.now();
    const closes = await unitOfWork(em(), async (transaction) => {
      const row = await findLocked(transaction, app);
      if (row?.openedAt == null) return false;
      row.probeUntil = null;
      if (outcome === 'unused') return false;
      if (outcome === 'works') {
        Object.assign(row, { openedAt: null, until: null, failedProbes: 0, closedAt: now });
        announce(transaction, app, 'closed', now);
        return true;
      }
      row.failedProbes += 1;
      row.until = plus(now, Math.min(FIRST_PAUSE_MS * 2 ** row.failedProbes, LONGEST_PAUSE_MS));
      return false;
    });
    if (closes) onChange(app, 'closed');
  }

  /** To be called after a renewal that somebody asked for: when Meta answered it as it should, all may go on. */
  async worked(app: MetaApp): Promise<void> {
    if ((await this.state(app)).state !== 'CLOSED') await this.probed(app, 'works');
  }

  /**
   * To be called when there is nothing to probe with: closes the half-open breaker if of all accounts that failed
   * none is left, because they were renewed by hand, connected again or ended. Nothing would close it any more.
   */
  async closeIfNoneFails(app: MetaApp): Promise<void> {
    const before = await this.state(app);
    if (before.state !== 'HALF_OPEN') return;
    const { failed } = await this.options.recentRenewals(app, plus(before.openedAt, -WINDOW_MS), null);
    if (failed === 0) await this.probed(app, 'works');
  }

  /**
   * From when on an account's unreadable answers count against it, the first of which came at `unknownSince` (null:
   * there was none before); null for all of them. What came while the breaker was open had its reason. What two
   * others get as well, while nobody is answered as it should be, may have one, too: of that, less counts than ends
   * a token.
   */
  async countsFrom(
    app: MetaApp,
    { accountId, unknownSince }: { readonly accountId: string; readonly unknownSince: Date | null },
    now: Date,
  ): Promise<Date | null> {
    const state = await this.state(app);
    if (state.state !== 'CLOSED') return now;
    const { closedAt } = state;
    if (unknownSince === null) return closedAt;
    const since = closedAt !== null && closedAt > unknownSince ? closedAt : unknownSince;
    const { tried, failed } = await this.options.recentRenewals(app, since, accountId);
    const isShared = failed >= MINIMUM_SHARING && failed === tried;
    const latest = plus(now, -SHARED_COUNTS_MS);
    return isShared && latest > since ? latest : closedAt;
  }

  /** Opens if failures cluster. To be called after a failure that counts. */
  async judge(app: MetaApp): Promise<void> {
    const { em, clock, announce, onChange, recentRenewals } = this.options;
    const now = clock.now();
    const before = await this.state(app);
    if (before.state !== 'CLOSED') return;
    const { closedAt } = before;
    const windowStart = plus(now, -WINDOW_MS);
    // What failed before it closed has been answered for.
    const since = closedAt !== null && closedAt > windowStart ? closedAt : windowStart;
    const { tried, failed } = await recentRenewals(app, since, null);
    if (failed < MINIMUM_FAILED || failed * 2 < tried) return;
    const opens = await unitOfWork(em(), async (transaction) => {
      const row =
        (await findLocked(transaction, app)) ?? transaction.create(RenewalBreaker, { app, failedProbes: 0 });
      // What another process has opened, or even closed again, has been answered for.
      if (row.openedAt != null || row.closedAt?.getTime() !== closedAt?.getTime()) return false;
      Object.assign(row, {
        openedAt: now,
        until: plus(now, FIRST_PAUSE_MS),
        failedProbes: 0,
        probeUntil: null,
      });
      transaction.persist(row);
      announce(transaction, app, 'opened', now);
      return true;
    });
    if (opens) onChange(app, 'opened');
  }
}

function findLocked(transaction: EntityManager, app: MetaApp): Promise<RenewalBreaker | null> {
  return transaction.findOne(RenewalBreaker, { app }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}
