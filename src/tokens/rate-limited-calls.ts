import type { MetaAnswer, MetaRequest } from '../meta/client.js';
import type { MetaHosts } from '../meta/hosts.js';
import { isLimitOfApp, type LimitKeeper } from '../meta/limits.js';
import { MetaError } from '../meta/meta-error.js';
import type { Meta } from '../meta/meta.js';
import { plus, type Clock } from '../time.js';

/**
 * `meta`, for calls about one account: a host that has named a limit is asked nothing more, since asking on
 * prolongs it, and a limit of this account alone is kept for everybody who would ask about it.
 */
export function rateLimitedCalls(
  meta: Meta,
  options: { readonly accountId: string; readonly limits: LimitKeeper; readonly clock: Clock },
): Meta {
  const { accountId, limits, clock } = options;
  const refused = new Map<keyof MetaHosts, MetaError>();

  async function send<T>(request: MetaRequest<T>): Promise<MetaAnswer<T>> {
    const earlier = refused.get(request.host);
    if (earlier !== undefined) throw earlier;
    try {
      return await meta.client.send(request);
    } catch (error) {
      if (error instanceof MetaError && error.regainMs !== null) {
        refused.set(request.host, error);
        // What limits the whole app was noted by the client, with the answer's headers.
        if (!isLimitOfApp(error.meta.code)) {
          const until = plus(clock.now(), error.regainMs);
          await limits.keep([{ scope: `account:${accountId}`, until, blocks: 'all', reason: error.message }]);
        }
      }
      throw error;
    }
  }

  return { ...meta, client: { send } };
}
