/**
 * The time that everybody at the sandbox's Meta sees: it decides how long codes and tokens live, and nothing
 * else. The answers of a slow persona take real time, whatever this clock says.
 */
export interface SandboxClock {
  now(): Date;
  /** Moves the time on by `ms` milliseconds. */
  advance(ms: number): void;
  /** Makes it `date`; time goes on from there. */
  set(date: Date): void;
}

/** The machine's time, until somebody moves it. */
export function createSandboxClock(): SandboxClock {
  let offsetMs = 0;
  return {
    now: () => new Date(Date.now() + offsetMs),
    advance: (ms) => {
      offsetMs += ms;
    },
    set: (date) => {
      offsetMs = date.getTime() - Date.now();
    },
  };
}
