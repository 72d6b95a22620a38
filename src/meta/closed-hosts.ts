import type { Clock } from '../time.js';
import type { MetaAnswer, MetaRequest } from './client.js';
import { limitScopeOfHost, longestLimit, type Limit } from './limits.js';
import { MetaError } from './meta-error.js';
import type { Meta } from './meta.js';

/**
 * `meta` without the hosts that these limits close to whoever asks: a call to one fails as Meta would refuse it,
 * unasked.
 */
export function withoutClosedHosts(meta: Meta, closed: readonly Limit[], clock: Clock): Meta {
  async function send<T>(request: MetaRequest<T>): Promise<MetaAnswer<T>> {
    const now = clock.now();
    const limit = longestLimit(
      closed.filter(({ scope, until }) => scope === limitScopeOfHost(request.host) && until > now),
    );
    if (limit === null) return meta.client.send(request);
    throw new MetaError({
      endpoint: request.endpoint,
      errorClass: 'rate_limit',
      code: 'META_RATE_LIMITED',
      status: null,
      regainMs: limit.until.getTime() - now.getTime(),
      requestSent: false,
      refused: false,
    });
  }

  return { ...meta, client: { send } };
}
