import type { EntityManager } from '@mikro-orm/core';
import { pruneEvents } from './accounts/account-history.js';
import { checkStates } from './accounts/check-states.js';
import { CLOCK_TOLERANCE_MS, reviveTokens } from './accounts/revive-tokens.js';
import type { Chore } from './jobs/job.js';
import type { Logger } from './logger.js';
import { pruneNotices, type RecordNotice } from './notices/notice-outbox.js';
import type { AttemptStore } from './oauth/attempt-store.js';
import { DAY, HOUR, SECOND, plus, type Clock } from './time.js';
import type { LimitStore } from './tokens/limit-store.js';
import type { EventStore } from './webhooks/event-store.js';

const EVENTS_KEPT_MS = 400 * DAY;
const NOTICES_KEPT_MS = 30 * DAY;
const ATTEMPTS_KEPT_MS = 30 * DAY;

export interface ChoreOptions {
  /** A fresh EntityManager for each use. */
  readonly em: () => EntityManager;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  readonly record: RecordNotice;
}

/**
 * Notices what time alone does to tokens, by a clock that agrees with the database's.
 *
 * @param clockLeadMs by how many milliseconds the database's clock is ahead of this machine's
 */
export function stateChecks(
  { em, clock, logger, stopping, record }: ChoreOptions,
  clockLeadMs: () => Promise<number>,
): Chore {
  return {
    name: 'states',
    everyMs: 15 * SECOND,
    failure: 'the states of tokens could not be checked',
    round: async () => {
      const leadMs = Math.round(await clockLeadMs());
      if (Math.abs(leadMs) > CLOCK_TOLERANCE_MS) {
        logger.error({ event: 'clock.off', leadMs }, 'no token is ended by a clock that may be wrong');
        return;
      }
      let revived = 0;
      while (!stopping.aborted) {
        const some = await reviveTokens(em(), record, clock.now());
        if (some === 0) break;
        revived += some;
      }
      if (revived > 0) logger.warn({ event: 'clock.was_ahead', revived }, 'tokens had been ended too early');
      while (!stopping.aborted && (await checkStates(em(), record, clock.now())) > 0);
    },
  };
}

/** Removes what is kept no longer: each kind for itself, so that one that cannot be removed keeps no other. */
export function tidying(
  { em, clock, logger }: ChoreOptions,
  { attempts, limits, events }: { attempts: AttemptStore; limits: LimitStore; events: EventStore },
): Chore {
  const failure = 'what is kept no longer could not be removed';
  const removals: ReadonlyArray<readonly [what: string, remove: (now: Date) => Promise<unknown>]> = [
    // First: how long they are kept is a promise about personal data.
    [
      'webhook events',
      async (now) => {
        const lost = await events.prune(now);
        if (lost > 0) logger.error({ event: 'webhook.lost', lost }, 'events were removed unforwarded');
      },
    ],
    ['account events', (now) => pruneEvents(em(), plus(now, -EVENTS_KEPT_MS))],
    [
      'notices',
      async (now) => {
        const lost = await pruneNotices(em(), plus(now, -NOTICES_KEPT_MS));
        if (lost > 0) logger.error({ event: 'notice.lost', lost }, 'notices were removed undelivered');
      },
    ],
    ['attempts', (now) => attempts.prune(plus(now, -ATTEMPTS_KEPT_MS))],
    ['limits', (now) => limits.prune(now)],
  ];
  return {
    name: 'tidying',
    everyMs: HOUR,
    failure,
    round: async () => {
      const now = clock.now();
      for (const [what, remove] of removals) {
        try {
          await remove(now);
        } catch (err) {
          logger.error({ err, what }, failure);
        }
      }
    },
  };
}
