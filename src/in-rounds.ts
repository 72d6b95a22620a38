import type { Logger } from './logger.js';
import type { Clock } from './time.js';

export interface RoundsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/**
 * Makes a round at once, and another one `everyMs` milliseconds after each has ended, until the server stops. A
 * round that fails (the database is away) is logged under `failure`, and the next one tries again.
 */
export async function inRounds(
  { clock, logger, stopping }: RoundsOptions,
  everyMs: number,
  failure: string,
  round: () => Promise<void>,
): Promise<void> {
  while (!stopping.aborted) {
    try {
      await round();
    } catch (err) {
      logger.error({ err }, failure);
    }
    await clock.sleep(everyMs, stopping);
  }
}
