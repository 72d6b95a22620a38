import type { Config } from './config.js';
import type { Logger } from './logger.js';
import { graphVersionWarning } from './meta/graph-version.js';
import { SECOND } from './time.js';

/** Says at the start what the operator had better change. */
export function warnOperator(logger: Logger, config: Config, now: Date): void {
  const ending = graphVersionWarning(config.graphVersion, now);
  if (ending !== null) logger.warn(ending);
  if (config.oauthState === 'optional') {
    logger.warn(
      'OAUTH_STATE=optional accepts connections without a state, which nothing ties to a browser: set it to required.',
    );
  }
}

/** Leases last from half a minute on; a clock that is wrong by more than this is not looked after. */
const WARN_OF_CLOCK_MS = 2 * SECOND;

/** Leases are compared by the clock of whoever looks, so the clocks of all replicas have to agree. */
export function warnOfClock(logger: Logger, leadMs: number): void {
  if (Math.abs(leadMs) <= WARN_OF_CLOCK_MS) return;
  logger.warn(
    { leadMs: Math.round(leadMs) },
    "the database's clock and this machine's differ: set them right",
  );
}
