import type { DueRow, Job } from '../jobs/job.js';
import { metaApps, type MetaApp } from '../meta/limits.js';
import { SECOND } from '../time.js';
import type { Breaker } from './breaker.js';

const ROUND_EVERY_MS = 15 * SECOND;
/** How many renewals of an app run at the same time, and are claimed together. */
const CONCURRENT_RENEWALS = 10;

/** What there is to renew, and how: the worker knows no account. */
export interface RenewalWork<Claim> {
  /** Up to `limit` of the app's renewals that are due and that Meta's limits leave room for. */
  findDue(app: MetaApp, limit: number): Promise<DueRow[]>;
  /** Claims up to `limit` of them; of those named, if any are. */
  claimDue(app: MetaApp, limit: number, ids?: readonly string[]): Promise<Claim[]>;
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
      metaApps.map(async (app) => {
        while (await this.#renewSome(app));
      }),
    );
  }

  async findDue(limit: number): Promise<DueRow[]> {
    const { work, breaker } = this.options;
    const rows = await Promise.all(
      metaApps.map(async (app) => {
        const { state } = await breaker.state(app);
        if (state === 'OPEN') return [];
        return work.findDue(app, state === 'HALF_OPEN' ? 1 : limit);
      }),
    );
    return rows.flat();
  }

  async run(ids: readonly string[]): Promise<void> {
    await Promise.all(metaApps.map((app) => this.#renewSome(app, ids)));
  }

  /** Renews as many as go side by side, of those named if any are; gives whether to go on. */
  async #renewSome(app: MetaApp, ids?: readonly string[]): Promise<boolean> {
    const { work, breaker, stopping } = this.options;
    if (stopping.aborted) return false;
    const permission = await breaker.permission(app);
    if (permission === 'none') return false;
    const claims = await work.claimDue(app, permission === 'one' ? 1 : CONCURRENT_RENEWALS, ids);
    const outcomes = await Promise.all(claims.map((claim) => work.renew(claim)));
    if (permission === 'one') {
      await breaker.probed(app, probeOutcome(outcomes));
      return outcomes[0] === 'works';
    }
    if (outcomes.includes('fails')) await breaker.judge(app);
    return claims.length > 0;
  }
}

function probeOutcome([outcome]: ReadonlyArray<'works' | 'fails' | 'skipped'>): 'works' | 'fails' | 'unused' {
  return outcome === undefined || outcome === 'skipped' ? 'unused' : outcome;
}
