import type { EntityManager } from '@mikro-orm/core';
import { MINUTE, SECOND, plus, type Clock } from '../time.js';
import type { Breaker } from '../tokens/breaker.js';
import type { Cipher } from '../tokens/cipher.js';
import { MINIMUM_AGE_MS, SHORT_LIFE_MS } from '../tokens/refresh-schedule.js';
import { appOf } from '../tokens/token-app.js';
import type { TokenKind } from '../tokens/token-kind.js';
import { EXPIRING_SOON_MS } from '../tokens/token-state.js';
import { within } from '../within.js';
import { recordTokenRead } from './account-history.js';
import type { AccountRefresher } from './account-refresher.js';
import { InstagramAccount } from './instagram-account.entity.js';
import { noSuchAccount } from './no-such-account.js';
import { requireLiving } from './require-living.js';
import { openAccountToken } from './sealed-token.js';

/** How long a reader waits for a renewal before it gets what there is. */
const WAIT_MS = 5 * SECOND;
/** Readers ask for a renewal that has just failed again no sooner. */
const ASK_AGAIN_MS = MINUTE;

export interface ReadTokenOptions {
  readonly em: () => EntityManager;
  readonly cipher: Cipher;
  readonly clock: Clock;
  readonly refresher: AccountRefresher;
  readonly breaker: Breaker;
  /** Told of every token that is handed out, and to whom. */
  readonly onTokenRead?: (kind: TokenKind, actor: string) => void;
}

/**
 * The token itself, for a service that acts for the account: renewed first when it has less than 7 days left,
 * probed first when it is a short-lived one whose hour is over, as far as that takes no more than 5 seconds.
 *
 * @throws AppError NOT_FOUND, REAUTHORIZATION_REQUIRED
 */
export async function readToken(
  { em, cipher, clock, refresher, breaker, onTokenRead }: ReadTokenOptions,
  accountId: string,
  actor: string,
): Promise<{ accessToken: string; kind: TokenKind; expiresAt: Date | null }> {
  let account = await find(em(), accountId, clock.now());
  if (isWorthRenewing(account, clock.now()) && !(await isPaused(breaker, account))) {
    // What it came to stands in the row: a dead token is refused below, and one that may live is served.
    await within(clock, WAIT_MS, refresher.refreshNow(accountId, actor));
    account = await find(em(), accountId, clock.now());
  }
  await recordTokenRead(em(), { accountId, actor, at: clock.now() });
  const accessToken = openAccountToken(cipher, accountId, account.accessToken).reveal();
  onTokenRead?.(account.tokenKind, actor);
  return { accessToken, kind: account.tokenKind, expiresAt: account.tokenExpiry ?? null };
}

async function find(em: EntityManager, accountId: string, now: Date): Promise<InstagramAccount> {
  const account = await em.findOne(InstagramAccount, { accountId }, { populate: ['accessToken'] });
  if (account === null) throw noSuchAccount();
  requireLiving(account, now);
  return account;
}

/** While the renewals of all accounts pause, readers set none off; only a token that may be dead is asked about. */
async function isPaused(breaker: Breaker, { tokenKind }: InstagramAccount): Promise<boolean> {
  return tokenKind === 'LONG_LIVED' && (await breaker.state(appOf(tokenKind))).state !== 'CLOSED';
}

function isWorthRenewing(account: InstagramAccount, now: Date): boolean {
  const { tokenKind, tokenIssuedAt, tokenExpiry, lastTriedAt } = account;
  const hasJustBeenTried = lastTriedAt != null && plus(lastTriedAt, ASK_AGAIN_MS) > now;
  switch (tokenKind) {
    case 'PAGE':
      return false;
    case 'LONG_LIVED':
      return (
        !hasJustBeenTried &&
        tokenExpiry != null &&
        plus(tokenExpiry, -EXPIRING_SOON_MS) < now &&
        plus(tokenIssuedAt, MINIMUM_AGE_MS) <= now
      );
    case 'SHORT_LIVED': {
      const hourEnds = plus(tokenIssuedAt, SHORT_LIFE_MS);
      // What was tried within the hour says nothing of a token whose hour is over.
      return hourEnds <= now && !(hasJustBeenTried && lastTriedAt >= hourEnds);
    }
  }
}
