import { SECOND, type Clock } from '../time.js';
import { isDatabaseAway } from './database-away.js';

const PAUSE_MS = SECOND / 2;

/**
 * Writes what can be had nowhere else any more: while the database is away, it is tried again, for up to `ms`
 * milliseconds, or until `stopping`.
 */
export async function retryWhileAway<Result>(
  clock: Clock,
  ms: number,
  write: () => Promise<Result>,
  stopping?: AbortSignal,
): Promise<Result> {
  const deadline = clock.now().getTime() + ms;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isDatabaseAway(error) || stopping?.aborted || clock.now().getTime() >= deadline) throw error;
    }
    await clock.sleep(PAUSE_MS, stopping);
  }
}
