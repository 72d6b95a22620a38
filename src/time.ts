/** One second in milliseconds. */
export const SECOND = 1_000;
/** One minute in milliseconds. */
export const MINUTE = 60 * SECOND;
/** One hour in milliseconds. */
export const HOUR = 60 * MINUTE;
/** One day in milliseconds. */
export const DAY = 24 * HOUR;
/** The latest time that a Date can hold, in milliseconds since 1970. */
export const END_OF_TIME_MS = 8.64e15;

/** A length of time ±20 %, so that many do not come back at the same moment; `random` is from 0 to 1. */
export function jittered(ms: number, random = Math.random()): number {
  return Math.round(ms * (0.8 + 0.4 * random));
}

/** A wait in whole seconds, at least one. */
export function waitSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / SECOND));
}

/** Whole seconds from `now` to `time`, at least one. */
export function secondsUntil(time: Date, now: Date): number {
  return waitSeconds(time.getTime() - now.getTime());
}

/** A time of an answer: many of them are made of numbers, in milliseconds since 1970, and never are anything else. */
export type Time = Date | number;

/** The only source of time in this server, so that a test can hold it still or move it. */
export interface Clock {
  now(): Date;
  /**
   * Resolves after `ms` milliseconds, or as soon as `signal` aborts (it never rejects: the caller looks at
   * the signal).
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    }),
};

/** `date` moved by `ms` milliseconds. */
export function plus(date: Date, ms: number): Date {
  return new Date(date.getTime() + ms);
}
