import type { DueRow, Job } from '../jobs/job.js';
import { metaApps } from '../meta/limits.js';
import { SECOND } from '../time.js';
import type { Breaker, Permission } from './breaker.js';
import { renewalLanes, type RenewalLane } from './renewal-lanes.js';

const ROUND_EVERY_MS = 15 * SECOND;
/** How many renewals of a lane run at the same time, and are claimed together. */
const CONCURRENT_RENEWALS = 10;

/** What there is to renew, and how: the worker knows no account. */
export interface RenewalWork<Claim> {
  /** Up to `limit` of the lane's renewals that are due and that Meta's limits leave room for. */
  findDue(lane: RenewalLane, limit: number): Promise<DueRow[]>;
  /** Claims up to `limit` of them; of those named, if any are. */
  claimDue(lane: RenewalLane, limit: number, ids?: readonly string[]): Promise<Claim[]>;
  /** Never rejects for what Meta says. `fails`: for a reason that is not the token's own. */
  renew(claim: Claim): Promise<'works' | 'fails' | 'skipped'>;
}

export interface RenewalWorkerOptions<Claim> {
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  readonly work: RenewalWork<Claim>;
  readonly breaker: Breaker;
}

/**
 * Renews what is due: that stands in the database, claims keep several workers apart, and nothing is lost when
 * one of them dies.
 */
export class RenewalWorker<Claim> implements Job {
  readonly name = 'renewals';
  readonly everyMs = ROUND_EVERY_MS;
  readonly failure = 'a round of renewals failed';
  readonly batchSize = CONCURRENT_RENEWALS;
  readonly lanes = metaApps.length;

  constructor(private readonly options: RenewalWorkerOptions<Claim>) {}

  async round(): Promise<void> {
    // Side by side: a host that takes its time does not hold the other one's renewals up.
    await Promise.all(
      renewalLanes.map(async (lane) => {
        while (await this.#renewSome(lane));
      }),
    );
  }

  async findDue(limit: number): Promise<DueRow[]> {
    const rows = await Promise.all(renewalLanes.map((lane) => this.#findDue(lane, limit)));
    return rows.flat();
  }

  async run(ids: readonly string[]): Promise<void> {
    await Promise.all(renewalLanes.map((lane) => this.#renewSome(lane, ids)));
  }

  async #findDue(lane: RenewalLane, limit: number): Promise<DueRow[]> {
    const { work, breaker } = this.options;
    if (!lane.hasBreaker) {
      const rows = await work.findDue(lane, limit);
      return rows.map((row) => ({ ...row, isUrgent: true }));
    }
    const { state } = await breaker.state(lane.app);
    if (state === 'OPEN') return [];
    const rows = await work.findDue(lane, state === 'HALF_OPEN' ? 1 : limit);
    if (state === 'HALF_OPEN' && rows.length === 0) await breaker.closeIfNoneFails(lane.app);
    return rows;
  }

  /** Renews as many as go side by side, of those named if any are; gives whether to go on. */
  async #renewSome(lane: RenewalLane, ids?: readonly string[]): Promise<boolean> {
    const { work, breaker, stopping } = this.options;
    if (stopping.aborted) return false;
    const permission: Permission = lane.hasBreaker ? await breaker.permission(lane.app) : 'all';
    if (permission === 'none') return false;
    const claims = await work.claimDue(lane, permission === 'one' ? 1 : CONCURRENT_RENEWALS, ids);
    const outcomes = await Promise.all(claims.map((claim) => work.renew(claim)));
    if (permission === 'one') {
      await breaker.probed(lane.app, probeOutcome(outcomes));
      if (claims.length === 0) await breaker.closeIfNoneFails(lane.app);
      return outcomes[0] === 'works';
    }
    if (lane.hasBreaker && outcomes.includes('fails')) await breaker.judge(lane.app);
    return claims.length > 0;
  }
}

function probeOutcome([outcome]: ReadonlyArray<'works' | 'fails' | 'skipped'>): 'works' | 'fails' | 'unused' {
  return outcome === undefined || outcome === 'skipped' ? 'unused' : outcome;
}
