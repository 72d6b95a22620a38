import type { EntityManager } from '@mikro-orm/core';
import { AppError } from '../errors.js';
import type { RecordNotice } from '../notices/notice-outbox.js';
import { SECOND, plus } from '../time.js';
import { toTokenProblem } from '../tokens/token-problem.js';
import { recordEvent } from './account-history.js';
import { openIncident } from './account-incidents.js';
import { eraseToken } from './erase-token.js';
import { findGrantorAccounts, type Grantor } from './grantor-accounts.js';

export interface Deauthorization extends Grantor {
  /** When they took the app off, by Meta's clock, in whole seconds. */
  readonly issuedAt: Date;
}

/**
 * Ends the tokens of all of a person's accounts, as part of the caller's transaction: Meta has ended them
 * already. Safe to repeat; a call that comes late, or again, harms nobody who has consented anew since.
 *
 * @returns how many accounts are theirs, and how many of their tokens ended by it
 */
export async function deauthorizeAccounts(
  em: EntityManager,
  deauthorization: Deauthorization,
  { now, record }: { readonly now: Date; readonly record: RecordNotice },
): Promise<{ readonly found: number; readonly ended: number }> {
  const endOfSecond = plus(deauthorization.issuedAt, SECOND);
  const accounts = await findGrantorAccounts(em, deauthorization);
  let ended = 0;
  for (const account of accounts) {
    const { accountId, consentedAt, connectedAt } = account;
    if (account.tokenEnd === 'DISCONNECTED' || (consentedAt ?? connectedAt) >= endOfSecond) continue;
    eraseToken(account, now);
    const removed = new AppError('REAUTHORIZATION_REQUIRED', 'The app was removed at Meta.');
    account.tokenProblem = toTokenProblem(removed, now);
    recordEvent(em, {
      accountId,
      at: now,
      type: 'disconnected',
      actor: 'meta',
      detail: 'The app was removed at Meta.',
    });
    openIncident(em, record, account, 'needs_reauthorization', now);
    ended += 1;
  }
  return { found: accounts.length, ended };
}
