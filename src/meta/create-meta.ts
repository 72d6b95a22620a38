import type { Config, Secrets } from '../config.js';
import type { Logger } from '../logger.js';
import type { Clock } from '../time.js';
import { callLog } from './call-log.js';
import { MetaClient, type MetaCallReport, type MetaTimeouts } from './client.js';
import type { LimitKeeper } from './limits.js';
import type { Meta } from './meta.js';

export interface CreateMetaOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: LimitKeeper;
  readonly timeouts?: MetaTimeouts | undefined;
  /** Told of every call when it has ended, beside the log. */
  readonly onCall: (report: MetaCallReport) => void;
}

/** Meta as this server's two apps reach it. Disposed of, it closes its connections. */
export function createMeta(
  config: Config,
  secrets: Secrets,
  { clock, logger, limits, timeouts, onCall }: CreateMetaOptions,
): Meta & AsyncDisposable {
  const logCall = callLog(logger);
  const client = new MetaClient({
    hosts: config.hosts,
    clock,
    limits,
    onCall: (report) => {
      logCall(report);
      onCall(report);
    },
    onLimitsLost: (err) => logger.error({ err }, "one of Meta's limits could not be kept"),
    ...(timeouts === undefined ? {} : { timeouts }),
  });
  return {
    client,
    graphVersion: config.graphVersion,
    instagramApp: { clientId: config.instagramClientId, clientSecret: secrets.instagramClientSecret },
    facebookApp: { clientId: config.facebookClientId, clientSecret: secrets.facebookClientSecret },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
