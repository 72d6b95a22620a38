import type { Clock } from './time.js';

/** Resolves when `work` has ended, in whatever way, or after `ms` milliseconds; what is under way goes on. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const ended = new AbortController();
  try {
    await Promise.race([work.catch(() => undefined), clock.sleep(ms, ended.signal)]);
  } finally {
    ended.abort();
  }
}
