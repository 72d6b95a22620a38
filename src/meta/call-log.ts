import type { Logger } from '../logger.js';
import type { MetaCallReport } from './client.js';

/**
 * One line for each call. A refusal is nothing unusual (the ladder falls back), so it has no stack: what comes
 * of it is logged where it is decided.
 */
export function callLog(logger: Logger): (report: MetaCallReport) => void {
  let servedBefore: string | null = null;
  return ({ error, servedByVersion, ...call }) => {
    if (error === null) logger.debug(call, 'Meta answered');
    else {
      const { errorClass, code: errorCode, meta, diagnosis } = error;
      logger.info(
        { ...call, errorClass, errorCode, meta, diagnosis },
        'Meta refused a call, or could not be asked',
      );
    }
    // Meta serves the calls of a version that has ended with the next one, silently.
    if (servedByVersion === null || servedByVersion === servedBefore) return;
    servedBefore = servedByVersion;
    logger.warn({ servedByVersion }, 'Meta answers with another Graph API version than META_GRAPH_VERSION');
  };
}
