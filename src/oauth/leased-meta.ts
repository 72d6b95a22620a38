import type { MetaAnswer, MetaRequest } from '../meta/client.js';
import type { Meta } from '../meta/meta.js';
import type { Clock } from '../time.js';
import { leasedCalls } from '../tokens/leased-calls.js';
import { LEASE_MS, type ClaimedAttempt } from './claimed-attempt.js';
import type { Points } from './pipeline-points.js';

/**
 * `meta`, for one claimed attempt: each call is a point of the pipeline, and begins with a lease that outlives it.
 *
 * Its calls throw CallsEndedError when the server is stopping, LeaseLostError when the lease is lost.
 */
export function leasedMeta(
  meta: Meta,
  claim: ClaimedAttempt,
  { clock, points, stopping }: { clock: Clock; points: Points; stopping: AbortSignal },
): Meta {
  const renew = async (): Promise<true> => {
    await points('lease.renew', () => claim.renewLease(clock.now()));
    return true;
  };
  return leasedCalls(
    { ...meta, client: { send: (request) => sendAtPoint(meta, request, points) } },
    { clock, leaseMs: LEASE_MS, renew, stopping },
  );
}

async function sendAtPoint<T>(meta: Meta, request: MetaRequest<T>, points: Points): Promise<MetaAnswer<T>> {
  const { endpoint } = request;
  if (
    endpoint === 'refresh_access_token' ||
    endpoint === 'revoke_permissions' ||
    endpoint === 'subscribe_webhooks' ||
    endpoint === 'unsubscribe_webhooks'
  ) {
    throw new TypeError('No step of a connection does this.');
  }
  return points(`meta.${endpoint}`, () => meta.client.send(request));
}

/** `clock`, whose pauses are points of the pipeline too. */
export function pausingClock(clock: Clock, points: Points): Clock {
  return {
    now: () => clock.now(),
    sleep: (ms, signal) => points('ladder.pause', () => clock.sleep(ms, signal)),
  };
}
