import { setTimeout as sleep } from 'node:timers/promises';

/** Real time: what happens in the background does not wait for a test's clock. */
const DEADLINE_MS = 20_000;
const PAUSE_MS = 5;

/** Looks again and again until `look` does not throw, and gives what it gave; at the deadline throws what it threw. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  { deadlineMs = DEADLINE_MS, pauseMs = PAUSE_MS } = {},
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(pauseMs);
  }
}
