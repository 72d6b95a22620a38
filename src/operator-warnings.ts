import type { Config } from './config.js';
import type { Logger } from './logger.js';
import { graphVersionWarning } from './meta/graph-version.js';

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
