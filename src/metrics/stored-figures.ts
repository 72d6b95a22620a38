import type { EntityManager } from '@mikro-orm/core';
import { countByState } from '../accounts/account-stats.js';
import { countDue } from '../accounts/renewal-work.js';
import { Notice } from '../notices/notice.entity.js';
import { AuthAttempt, openStatuses } from '../oauth/auth-attempt.entity.js';
import { SECOND } from '../time.js';
import type { Breaker } from '../tokens/breaker.js';
import type { TokenState } from '../tokens/token-state.js';

/** What the database knows of how things stand, for all processes together. */
export interface StoredFigures {
  readonly accounts: ReadonlyArray<{ readonly state: TokenState; readonly count: number }>;
  readonly renewalsDue: number;
  readonly oldestDueAgeSeconds: number;
  readonly openAttempts: number;
  readonly undeliveredNotices: number;
  /** Of two: one for each of Meta's Graph hosts. */
  readonly breakersOpen: number;
}

/** Reads the figures, each by one query that an index answers. */
export async function readStoredFigures(
  em: EntityManager,
  breaker: Breaker,
  now: Date,
): Promise<StoredFigures> {
  const [accounts, due, openAttempts, undeliveredNotices, breakers] = await Promise.all([
    countByState(em, now),
    countDue(em, now),
    em.count(AuthAttempt, { status: { $in: [...openStatuses] } }),
    em.count(Notice, { endedAt: null }),
    breaker.states(),
  ]);
  const { dueCount, oldestDueAt } = due;
  return {
    accounts,
    renewalsDue: dueCount,
    oldestDueAgeSeconds: oldestDueAt === null ? 0 : (now.getTime() - oldestDueAt.getTime()) / SECOND,
    openAttempts,
    undeliveredNotices,
    breakersOpen: breakers.filter(({ state }) => state !== 'CLOSED').length,
  };
}
