import type { MetaAnswer, MetaRequest } from '../meta/client.js';
import type { Meta } from '../meta/meta.js';
import { SECOND, type Clock } from '../time.js';
import { LEASE_MS, type ClaimedAttempt } from './claimed-attempt.js';
import type { Points } from './pipeline-points.js';

/** A call takes 15 s at most; with this much of the lease left, it cannot outlive it. */
const ENOUGH_FOR_A_CALL_MS = 20 * SECOND;

/** The server is stopping: the attempt stays open, for the next process. */
export class ShutdownError extends Error {
  override readonly name = 'ShutdownError';
}

/**
 * `meta`, for one claimed attempt: every call begins with a lease that outlives it, so that nobody else takes
 * the attempt over meanwhile, and none begins once the server is stopping.
 */
export function leasedMeta(
  meta: Meta,
  claim: ClaimedAttempt,
  options: { clock: Clock; points: Points; stopping: AbortSignal },
): Meta {
  const { clock, points, stopping } = options;
  let leaseUntil = clock.now().getTime() + LEASE_MS;

  async function send<T>(request: MetaRequest<T>): Promise<MetaAnswer<T>> {
    const { endpoint } = request;
    if (
      endpoint === 'refresh_access_token' ||
      endpoint === 'revoke_permissions' ||
      endpoint === 'subscribe_webhooks' ||
      endpoint === 'unsubscribe_webhooks'
    ) {
      throw new TypeError('No step of a connection does this.');
    }
    if (stopping.aborted) throw new ShutdownError();
    const now = clock.now();
    if (leaseUntil - now.getTime() < ENOUGH_FOR_A_CALL_MS) {
      await points('lease.renew', () => claim.renewLease(now));
      leaseUntil = now.getTime() + LEASE_MS;
    }
    return points(`meta.${endpoint}`, () => meta.client.send(request));
  }

  return { ...meta, client: { send } };
}

/** `clock`, whose pauses are points of the pipeline too. */
export function pausingClock(clock: Clock, points: Points): Clock {
  return {
    now: () => clock.now(),
    sleep: (ms, signal) => points('ladder.pause', () => clock.sleep(ms, signal)),
  };
}
