import { DeliverySender, type SenderOptions } from '../delivery/delivery-sender.js';
import { DAY, HOUR, MINUTE } from '../time.js';
import { Notice } from './notice.entity.js';

const LONGEST_PAUSE_MS = 6 * HOUR;
/** What could not be delivered for so long is no news any more. */
const GIVEN_UP_AFTER_MS = 7 * DAY;

/**
 * Delivers notices to the operator's webhook, each at least once and in the order of its subject. The receiver
 * knows repetitions by `X-Moca-Notice-Id`.
 *
 * What is not taken is tried again after 1, 2, 4 … minutes, at most 6 hours, and given up after 7 days.
 */
export function createNoticeSender(options: SenderOptions): DeliverySender {
  const { em } = options;
  return new DeliverySender({
    ...options,
    name: 'notices',
    table: 'notice',
    what: 'a notice',
    keyHeader: 'x-moca-notice-id',
    read: (subject, fromId, limit) =>
      em().find(Notice, { subject, endedAt: null, id: { $gte: fromId } }, { orderBy: { id: 'asc' }, limit }),
    firstPauseMs: MINUTE,
    longestPauseMs: LONGEST_PAUSE_MS,
    givenUpAfterMs: GIVEN_UP_AFTER_MS,
  });
}
