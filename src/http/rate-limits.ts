import { LruMap } from 'toad-cache';
import type { RateLimit } from '../config.js';
import { AppError } from '../errors.js';
import type { LimitedOperation } from '../request-context.js';
import { waitSeconds, type Clock } from '../time.js';

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
    const known = windows[operation].get(address);
    const window = current(known, windowMs, now);
    if (window !== known) windows[operation].set(address, window);
    use(window, limits[operation], now, 'Too many calls from this address.');
    if (operation !== 'complete') return;
    together = current(together, windowMs, now);
    const all = { maximum: TOGETHER * maximum, windowMs };
    use(together, all, now, 'Too many connections are begun at this moment.');
  };
}

function use(window: Window, { maximum, windowMs }: RateLimit, now: number, message: string): void {
  window.uses += 1;
  if (window.uses <= maximum) return;
  throw new AppError('RATE_LIMITED', message, {
    retryAfterSeconds: waitSeconds(window.beganAt + windowMs - now),
  });
}

/** A new window when the one before is over, or began at a time to come: the clock was set back since. */
function current(window: Window | undefined, windowMs: number, now: number): Window {
  const isOver = window === undefined || now < window.beganAt || now >= window.beganAt + windowMs;
  return isOver ? { uses: 0, beganAt: now } : window;
}
