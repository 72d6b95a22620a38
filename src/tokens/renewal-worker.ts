import { inRounds, type RoundsOptions } from '../in-rounds.js';
import { metaApps, type MetaApp } from '../meta/limits.js';
import { DAY, SECOND, plus } from '../time.js';
import type { Breaker } from './breaker.js';

const ROUND_EVERY_MS = 15 * SECOND;
/** How many renewals of an app run at the same time, and are claimed together. */
const CONCURRENT_RENEWALS = 10;
const TIDY_EVERY_MS = DAY;

/** What there is to renew, and how: the worker knows no account. */
export interface RenewalWork<Claim> {
  /** Claims up to `limit` of the app's renewals that are due and that Meta's limits leave room for. */
  claimDue(app: MetaApp, limit: number): Promise<Claim[]>;
  /** Never rejects for what Meta says. `fails`: for a reason that is not the token's own. */
  renew(claim: Claim): Promise<'works' | 'fails' | 'skipped'>;
  /** Notices what time alone does to tokens; gives how many there were. */
  checkStates(): Promise<number>;
  /** Removes what is kept no longer. */
  tidy(): Promise<void>;
}

export interface RenewalWorkerOptions<Claim> extends RoundsOptions {
  readonly work: RenewalWork<Claim>;
  readonly breaker: Breaker;
}

/**
 * Renews what is due, in this process: what is due stands in the database, claims keep several workers apart,
 * and nothing is lost when one of them dies.
 */
export class RenewalWorker<Claim> {
  #loop: Promise<void> = Promise.resolve();
  #tidyAt = new Date(0);

  constructor(private readonly options: RenewalWorkerOptions<Claim>) {}

  /** Looks at once, then every 15 seconds. */
  start(): void {
    this.#loop = inRounds(this.options, ROUND_EVERY_MS, 'a round of renewals failed', () => this.round());
  }

  /** Resolves when the last round has ended, after `stopping`. */
  settled(): Promise<void> {
    return this.#loop;
  }

  /** One round: the states that time has changed, then every renewal that is due now. */
  async round(): Promise<void> {
    const { work, clock, stopping } = this.options;
    while (!stopping.aborted && (await work.checkStates()) > 0);
    // Side by side: a host that takes its time does not hold the other one's renewals up.
    await Promise.all(metaApps.map((app) => this.#renewDue(app)));
    if (clock.now() >= this.#tidyAt && !stopping.aborted) {
      await work.tidy();
      this.#tidyAt = plus(clock.now(), TIDY_EVERY_MS);
    }
  }

  async #renewDue(app: MetaApp): Promise<void> {
    const { work, breaker, stopping } = this.options;
    while (!stopping.aborted) {
      const permission = await breaker.permission(app);
      if (permission === 'none') return;
      const claims = await work.claimDue(app, permission === 'one' ? 1 : CONCURRENT_RENEWALS);
      const outcomes = await Promise.all(claims.map((claim) => work.renew(claim)));
      if (permission === 'one') {
        await breaker.probed(app, probeOutcome(outcomes));
        if (outcomes[0] !== 'works') return;
      } else if (outcomes.includes('fails')) await breaker.judge(app);
      if (claims.length === 0) return;
    }
  }
}

function probeOutcome([outcome]: ReadonlyArray<'works' | 'fails' | 'skipped'>): 'works' | 'fails' | 'unused' {
  return outcome === undefined || outcome === 'skipped' ? 'unused' : outcome;
}
