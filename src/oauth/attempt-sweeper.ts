import { inRounds } from '../in-rounds.js';
import type { Logger } from '../logger.js';
import { DAY, HOUR, SECOND, plus, type Clock } from '../time.js';
import type { AttemptStore } from './attempt-store.js';

/** Well under the 15 seconds after a lease's end within which an attempt is to be taken up again. */
const SWEEP_EVERY_MS = 5 * SECOND;
/** How many attempts of a sweep run at the same time. */
const MAXIMUM_RUNS = 20;
const PRUNE_EVERY_MS = HOUR;
const KEPT_MS = 30 * DAY;

export interface AttemptSweeperOptions {
  readonly store: AttemptStore;
  readonly resume: (attemptId: string) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/** Takes up the attempts that a crash, a restart or a passing fault has left open. */
export class AttemptSweeper {
  #loop: Promise<void> = Promise.resolve();
  #pruneAt = new Date(0);
  readonly #runs = new Set<Promise<void>>();

  constructor(private readonly options: AttemptSweeperOptions) {}

  /** Sweeps at once, then every five seconds. */
  start(): void {
    this.#loop = inRounds(this.options, SWEEP_EVERY_MS, 'a sweep failed', () => this.#sweepAndPrune());
  }

  /** Resolves when the last sweep and what it began have ended, after `stopping`. */
  async settled(): Promise<void> {
    await this.#loop;
    await Promise.allSettled(this.#runs);
  }

  /**
   * One sweep: begins to resume what is due, as far as there is room, and waits for none of it: a slow attempt
   * does not hold up the others.
   */
  async sweep(): Promise<void> {
    const { store, resume, clock, logger } = this.options;
    const room = MAXIMUM_RUNS - this.#runs.size;
    if (room <= 0) return;
    for (const attemptId of await store.findDue(clock.now(), room)) {
      const run = resume(attemptId)
        .catch((err: unknown) => logger.error({ err, attemptId }, 'an attempt could not be resumed'))
        .finally(() => this.#runs.delete(run));
      this.#runs.add(run);
    }
  }

  async #sweepAndPrune(): Promise<void> {
    const { store, clock } = this.options;
    await this.sweep();
    if (clock.now() < this.#pruneAt) return;
    await store.prune(plus(clock.now(), -KEPT_MS));
    this.#pruneAt = plus(clock.now(), PRUNE_EVERY_MS);
  }
}
