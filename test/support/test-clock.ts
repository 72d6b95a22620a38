import type { SandboxClock } from '../../src/sandbox/clock.js';
import type { Clock } from '../../src/time.js';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/**
 * A clock that a test holds, for the server and the sandbox alike. It stands still, but for pauses that nothing
 * can end early (between two tries of a call): they pass at once, and move it. Whoever sleeps with a signal (a
 * sweep, a call that waits for its connection) wakes when the test says so.
 */
export class TestClock implements Clock, SandboxClock {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(now = new Date()) {
    this.#now = now.getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  /** How many wait for the test to move the time. */
  get sleepers(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal === undefined) {
      this.#now += ms;
      return Promise.resolve();
    }
    if (signal.aborted || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { until: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      const abort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      };
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** Moves the time on and wakes whoever's time has come. */
  advance(ms: number): void {
    this.#now += ms;
    const due = this.#sleepers.filter(({ until }) => until <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ until }) => until > this.#now);
    for (const { wake } of due) wake();
  }

  set(date: Date): void {
    this.advance(date.getTime() - this.#now);
  }
}
