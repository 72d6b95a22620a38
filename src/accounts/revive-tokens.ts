import { LockMode, type EntityManager } from '@mikro-orm/core';
import type { RecordNotice } from '../notices/notice-outbox.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import { MINUTE, plus } from '../time.js';
import { tokenKinds } from '../tokens/token-kind.js';
import type { TokenProblem } from '../tokens/token-problem.js';
import { recordEvent } from './account-history.js';
import { closeIncident } from './account-incidents.js';
import { accountTables } from './account-table.js';
import { InstagramAccount } from './instagram-account.entity.js';
import { freshSchedule } from './scheduled-token.js';
import { dueSubscription } from './webhook-subscription.js';
import { endToken } from './write-renewal.js';

/** By less than this, clocks may differ: what one process has just ended is not brought back by another. */
export const CLOCK_TOLERANCE_MS = MINUTE;

const BATCH_SIZE = 100;

/**
 * Brings some tokens back that time alone has ended too early: the end of an expired token is never to come, but where
 * the clock was ahead when it was ended, and has been set right since.
 *
 * @returns how many were looked at; 0 when no more are left
 */
export async function reviveTokens(em: EntityManager, record: RecordNotice, now: Date): Promise<number> {
  const soon = plus(now, CLOCK_TOLERANCE_MS);
  // Looked for without a transaction, as states are: as a rule there is none.
  const early = await accountTables(em)
    .selectFrom('instagram_account')
    .select('account_id')
    .where('token_end', '=', 'EXPIRED')
    .where('token_kind', 'in', tokenKinds)
    .where('expiry_order', '>', soon.getTime())
    .limit(BATCH_SIZE)
    .execute();
  if (early.length === 0) return 0;
  return unitOfWork(em, async (transaction) => {
    const accounts = await transaction.find(
      InstagramAccount,
      {
        accountId: { $in: early.map(({ account_id }) => account_id) },
        tokenEnd: 'EXPIRED',
        tokenExpiry: { $gt: soon },
      },
      { orderBy: { accountId: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
    );
    for (const account of accounts) revive(transaction, record, account, now);
    return accounts.length;
  });
}

function revive(em: EntityManager, record: RecordNotice, account: InstagramAccount, now: Date): void {
  const { accountId, tokenExpiry, tokenProblem = null } = account;
  account.updatedAt = now;
  if (isMetasWord(tokenProblem, tokenExpiry ?? now)) {
    // It has ended all the same, and no later than now.
    endToken(account, 'EXPIRED', now);
    return;
  }
  account.tokenEnd = null;
  if (tokenProblem?.code === 'REAUTHORIZATION_REQUIRED') account.tokenProblem = null;
  Object.assign(account, freshSchedule(account, now), dueSubscription(now));
  const detail = 'The clock had been ahead: the time of the token is not over.';
  recordEvent(em, { accountId, at: now, type: 'renewed', actor: 'system', detail });
  closeIncident(em, record, account, now);
}

/** Whether the token's end came with a refusal: then the problem is that refusal, and not from before the end. */
function isMetasWord(problem: TokenProblem | null, end: Date): boolean {
  return (
    problem?.code === 'REAUTHORIZATION_REQUIRED' && problem.metaCode !== null && new Date(problem.at) >= end
  );
}
