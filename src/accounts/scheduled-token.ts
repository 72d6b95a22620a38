import { DAY, plus } from '../time.js';
import { nextRefresh, nextStateCheck, type ScheduledToken } from '../tokens/refresh-schedule.js';
import type { InstagramAccount } from './instagram-account.entity.js';
import { endedSubscription } from './webhook-subscription.js';

/** A page token is probed so often until Meta has told by whose consent it came. */
const GRANTOR_ASKED_EVERY_MS = DAY;

type TokenFacts = Pick<InstagramAccount, 'accountId' | 'tokenKind' | 'tokenIssuedAt' | 'tokenExpiry'>;

/** An account's token, as the schedule looks at it. */
export function scheduledToken(account: TokenFacts): ScheduledToken {
  return {
    accountId: account.accountId,
    kind: account.tokenKind,
    issuedAt: account.tokenIssuedAt,
    expiresAt: account.tokenExpiry ?? null,
  };
}

/** What a token that works, or was just obtained, has in its row about its renewal. */
export function freshSchedule(account: TokenFacts & Pick<InstagramAccount, 'grantorId'>, now: Date) {
  const token = scheduledToken(account);
  const isGrantorUnknown = token.kind === 'PAGE' && account.grantorId == null;
  return {
    nextRefreshAt: isGrantorUnknown ? plus(now, GRANTOR_ASKED_EVERY_MS) : nextRefresh(token, now),
    stateCheckAt: nextStateCheck(token, now),
    refreshFailures: 0,
    unknownSince: null,
  };
}

/** A token that nothing renews any more, and that says nothing of others, until the person connects again. */
export const endedSchedule = {
  nextRefreshAt: null,
  lastTryFailed: false,
  stateCheckAt: null,
  fence: null,
  leaseUntil: null,
  ...endedSubscription,
} as const;
