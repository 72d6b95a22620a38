import { LruMap } from 'toad-cache';
import type { RateLimit } from '../config.js';
import { AppError } from '../errors.js';
import type { LimitedOperation } from '../request-context.js';
import { SECOND, type Clock } from '../time.js';

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
  return (operation, address) => {
    const { maximum, windowMs } = limits[operation];
    const now = clock.now().getTime();
    let window = windows[operation].get(address);
    // A clock that was set back begins a new window, too.
    if (window === undefined || now < window.beganAt || now >= window.beganAt + windowMs) {
      window = { uses: 0, beganAt: now };
      windows[operation].set(address, window);
    }
    window.uses += 1;
    if (window.uses <= maximum) return;
    throw new AppError('RATE_LIMITED', 'Too many calls from this address.', {
      retryAfterSeconds: Math.max(1, Math.ceil((window.beganAt + windowMs - now) / SECOND)),
    });
  };
}
