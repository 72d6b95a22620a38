import { LockMode, type EntityManager } from '@mikro-orm/core';
import { unitOfWork } from '../sql/unit-of-work.js';
import { HOUR, MINUTE, plus, type Clock } from '../time.js';
import { RenewalBreaker } from './renewal-breaker.entity.js';

/** How far back failures are looked at. */
const WINDOW_MS = HOUR;
/** Fewer accounts than this have nothing in common. */
const MINIMUM_FAILED = 5;
const FIRST_PAUSE_MS = 5 * MINUTE;
const LONGEST_PAUSE_MS = HOUR;
/** Outlives a renewal. */
const PROBE_LEASE_MS = 2 * MINUTE;

const ID = 'renewals';

/** Accounts whose last renewal was tried lately, and those of them that failed for a reason not their own. */
export interface RecentRenewals {
  readonly tried: number;
  readonly failed: number;
}

export type BreakerState =
  | { readonly state: 'CLOSED'; readonly closedAt: Date | null }
  | { readonly state: 'OPEN' | 'HALF_OPEN'; readonly openedAt: Date; readonly retryAt: Date };

/** How many renewals may begin: as many as are due, one to see whether it works again, or none. */
export type Permission = 'all' | 'one' | 'none';

export interface BreakerOptions {
  readonly em: () => EntityManager;
  readonly clock: Clock;
  readonly recentRenewals: (since: Date) => Promise<RecentRenewals>;
  /** Tells the operator, as part of the transaction that opens or closes. */
  readonly announce: (em: EntityManager, change: 'opened' | 'closed', at: Date) => void;
  /** Told of it when that is done. */
  readonly onChange: (change: 'opened' | 'closed') => void;
}

/**
 * Pauses all renewals when at least five accounts, and half of those that were tried within the last hour, fail
 * for reasons that are ours or Meta's: the app's configuration, its limits, faults and unreadable answers. No
 * account is worse off for it; after the pause one renewal is tried, and when Meta answers it as it should, all
 * go on.
 *
 * It lives in the database: every process obeys the same one, and a restart forgets nothing.
 */
export class Breaker {
  constructor(private readonly options: BreakerOptions) {}

  async state(): Promise<BreakerState> {
    const row = await this.options.em().findOne(RenewalBreaker, { id: ID });
    if (row?.openedAt == null || row.until == null)
      return { state: 'CLOSED', closedAt: row?.closedAt ?? null };
    const isOver = row.until <= this.options.clock.now();
    return { state: isOver ? 'HALF_OPEN' : 'OPEN', openedAt: row.openedAt, retryAt: row.until };
  }

  /** Asks for permission. Whoever gets `one` has to report what came of it, or to give it back. */
  async permission(): Promise<Permission> {
    const { state } = await this.state();
    if (state === 'CLOSED') return 'all';
    if (state === 'OPEN') return 'none';
    const now = this.options.clock.now();
    const taken = await this.options.em().nativeUpdate(
      RenewalBreaker,
      {
        id: ID,
        openedAt: { $ne: null },
        until: { $lte: now },
        $or: [{ probeUntil: null }, { probeUntil: { $lte: now } }],
      },
      { probeUntil: plus(now, PROBE_LEASE_MS) },
    );
    return taken === 1 ? 'one' : 'none';
  }

  /** What the one renewal of the half-open breaker came to; `unused`: there was nothing to renew. */
  async probed(outcome: 'works' | 'fails' | 'unused'): Promise<void> {
    const { em, clock, announce, onChange } = this.options;
    const now = clock.now();
    const closes = await unitOfWork(em(), async (transaction) => {
      const row = await findLocked(transaction);
      if (row?.openedAt == null) return false;
      row.probeUntil = null;
      if (outcome === 'unused') return false;
      if (outcome === 'works') {
        Object.assign(row, { openedAt: null, until: null, failedProbes: 0, closedAt: now });
        announce(transaction, 'closed', now);
        return true;
      }
      row.failedProbes += 1;
      row.until = plus(now, Math.min(FIRST_PAUSE_MS * 2 ** row.failedProbes, LONGEST_PAUSE_MS));
      return false;
    });
    if (closes) onChange('closed');
  }

  /** Opens if failures cluster. To be called after a failure that counts; gives whether it is open now. */
  async judge(): Promise<boolean> {
    const { em, clock, announce, onChange, recentRenewals } = this.options;
    const now = clock.now();
    const before = await this.state();
    if (before.state !== 'CLOSED') return true;
    const { closedAt } = before;
    const windowStart = plus(now, -WINDOW_MS);
    // What failed before it closed has been answered for.
    const since = closedAt !== null && closedAt > windowStart ? closedAt : windowStart;
    const { tried, failed } = await recentRenewals(since);
    if (failed < MINIMUM_FAILED || failed * 2 < tried) return false;
    const opens = await unitOfWork(em(), async (transaction) => {
      const row =
        (await findLocked(transaction)) ?? transaction.create(RenewalBreaker, { id: ID, failedProbes: 0 });
      if (row.openedAt != null) return false;
      Object.assign(row, {
        openedAt: now,
        until: plus(now, FIRST_PAUSE_MS),
        failedProbes: 0,
        probeUntil: null,
      });
      transaction.persist(row);
      announce(transaction, 'opened', now);
      return true;
    });
    if (opens) onChange('opened');
    return true;
  }
}

function findLocked(transaction: EntityManager): Promise<RenewalBreaker | null> {
  return transaction.findOne(RenewalBreaker, { id: ID }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}
