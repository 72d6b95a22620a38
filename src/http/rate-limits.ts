import { LruMap } from 'toad-cache';
import type { RateLimit } from '../config.js';
import { AppError } from '../errors.js';
import type { LimitedOperation } from '../request-context.js';
import { SECOND, type Clock } from '../time.js';

/**
 * All addresses together bring so many times as many new codes as one may: each is a call at Meta, and what strangers
 * use up of the app's limits there, renewals lack. A crowd of honest people does not come near it.
 */
const TOGETHER = 100;

/** How many addresses are remembered at a time, for each operation. */
const REMEMBERED_ADDRESSES = 10_000;

/**
 * Counts a use of an operation by the caller's address.
 *
 * @throws AppError RATE_LIMITED
 */
export type CountUse = (operation: LimitedOperation, address: string) => void;

interface Window {
  uses: number;
  /** In milliseconds since 1970. */
  readonly beganAt: number;
}

/** The limits of the operations that need no key. Counted in this process, not over replicas. */
export function createRateLimits(
  limits: Readonly<Record<LimitedOperation, RateLimit>>,
  clock: Pick<Clock, 'now'>,
): CountUse {
  const windows: Readonly<Record<LimitedOperation, LruMap<Window>>> = {
    authUrl: new LruMap(REMEMBERED_ADDRESSES),
    complete: new LruMap(REMEMBERED_ADDRESSES),
  };
  let together: Window | undefined;
  return (operation, address) => {
    const { maximum, windowMs } = limits[operation];
    const now = clock.now().getTime();
    const window = current(windows[operation].get(address), windowMs, now);
    windows[operation].set(address, window);
    use(window, maximum, 'Too many calls from this address.');
    if (operation !== 'complete') return;
    together = current(together, windowMs, now);
    use(together, TOGETHER * maximum, 'Too many connections are begun at this moment.');

    function use(used: Window, most: number, message: string): void {
      used.uses += 1;
      if (used.uses <= most) return;
      throw new AppError('RATE_LIMITED', message, {
        retryAfterSeconds: Math.max(1, Math.ceil((used.beganAt + windowMs - now) / SECOND)),
      });
    }
  };
}

/** A new window when the one before is over, or began at a time to come: the clock was set back since. */
function current(window: Window | undefined, windowMs: number, now: number): Window {
  const isOver = window === undefined || now < window.beganAt || now >= window.beganAt + windowMs;
  return isOver ? { uses: 0, beganAt: now } : window;
}
