import type { MetaAnswer, MetaRequest } from '../meta/client.js';
import type { Meta } from '../meta/meta.js';
import { SECOND, type Clock } from '../time.js';

/** A call takes 15 s at most; with this much of the lease left, it cannot outlive it. */
const ENOUGH_FOR_A_CALL_MS = 20 * SECOND;

/** Somebody else holds the lease, or the server is stopping: no further call is made. */
export class CallsEndedError extends Error {
  override readonly name = 'CallsEndedError';
}

/** `meta`, for whoever holds a lease: each call begins with one that outlives it. */
export function leasedCalls(
  meta: Meta,
  options: {
    readonly clock: Clock;
    /** How long the lease lasts, in milliseconds; it has just begun. */
    readonly leaseMs: number;
    /** Prolongs the lease by `leaseMs`; false when it is lost. */
    readonly renew: () => Promise<boolean>;
    readonly stopping: AbortSignal;
  },
): Meta {
  const { clock, leaseMs, renew, stopping } = options;
  let leaseUntil = clock.now().getTime() + leaseMs;

  async function send<T>(request: MetaRequest<T>): Promise<MetaAnswer<T>> {
    if (stopping.aborted) throw new CallsEndedError('The server is stopping.');
    const now = clock.now().getTime();
    if (leaseUntil - now < ENOUGH_FOR_A_CALL_MS) {
      if (!(await renew())) throw new CallsEndedError('Somebody else holds the lease.');
      leaseUntil = now + leaseMs;
    }
    return meta.client.send(request);
  }

  return { ...meta, client: { send } };
}
