import type { DueRow, Job } from '../jobs/job.js';
import type { Logger } from '../logger.js';
import { SECOND, type Clock } from '../time.js';
import type { AttemptStore } from './attempt-store.js';

/** Well under the 15 seconds after a lease's end within which an attempt is to be taken up again. */
const SWEEP_EVERY_MS = 5 * SECOND;
/** How many attempts of a sweep run at the same time. */
const MAXIMUM_RUNS = 20;
/** A slow attempt keeps no more than so many others waiting. */
const BATCH_SIZE = 5;

export interface AttemptSweeperOptions {
  readonly store: AttemptStore;
  readonly resume: (attemptId: string) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Takes up the attempts that a crash, a restart or a passing fault has left open. */
export class AttemptSweeper implements Job {
  readonly name = 'attempts';
  readonly everyMs = SWEEP_EVERY_MS;
  readonly failure = 'a sweep failed';
  readonly batchSize = BATCH_SIZE;
  readonly lanes = MAXIMUM_RUNS / BATCH_SIZE;
  readonly #runs = new Set<Promise<void>>();

  constructor(private readonly options: AttemptSweeperOptions) {}

  /** Resolves when what the sweeps began has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#runs);
  }

  /**
   * One sweep: begins to resume what is due, as far as there is room, and waits for none of it: a slow attempt
   * does not hold up the others.
   */
  async round(): Promise<void> {
    const room = MAXIMUM_RUNS - this.#runs.size;
    if (room <= 0) return;
    for (const { id } of await this.findDue(room)) {
      const run = this.#resume(id).finally(() => this.#runs.delete(run));
      this.#runs.add(run);
    }
  }

  findDue(limit: number): Promise<DueRow[]> {
    const { store, clock } = this.options;
    return store.findDue(clock.now(), limit);
  }

  async run(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#resume(id)));
  }

  async #resume(attemptId: string): Promise<void> {
    const { resume, logger } = this.options;
    try {
      await resume(attemptId);
    } catch (err) {
      logger.error({ err, attemptId }, 'an attempt could not be resumed');
    }
  }
}
