import { inRounds, type RoundsOptions } from '../in-rounds.js';
import type { Chore, Job, JobRunner } from './job.js';

/** Does everything in this process, on its clock. Several processes may: the claims keep them apart. */
export class EmbeddedRunner implements JobRunner {
  #loops: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: RoundsOptions) {}

  start(chores: readonly Chore[], jobs: readonly Job[]): Promise<void> {
    const loops = [...chores, ...jobs].map((chore) =>
      inRounds(this.options, chore.everyMs, chore.failure, () => chore.round()),
    );
    this.#loops = Promise.all(loops);
    return Promise.resolve();
  }

  async settled(): Promise<void> {
    await this.#loops;
  }
}
