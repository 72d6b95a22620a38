import { LockMode, type EntityManager } from '@mikro-orm/core';
import { AppError } from '../errors.js';
import type { RecordNotice } from '../notices/notice-outbox.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import { storedTime } from '../sql/stored-time.js';
import { nextStateCheck } from '../tokens/refresh-schedule.js';
import { toTokenProblem } from '../tokens/token-problem.js';
import { openIncident } from './account-incidents.js';
import { recordEvent } from './account-history.js';
import { accountTables } from './account-table.js';
import { InstagramAccount } from './instagram-account.entity.js';
import { scheduledToken } from './scheduled-token.js';
import { endToken } from './write-renewal.js';

const BATCH_SIZE = 100;

/**
 * Notices what time alone does to tokens: the alarm at 7 days left, for one that should have been renewed long
 * before, and the end. Needs nothing of Meta, so that no limit and no outage hides it.
 */
export async function checkStates(em: EntityManager, record: RecordNotice, now: Date): Promise<number> {
  if (!(await isAnyDue(em, now))) return 0;
  return unitOfWork(em, async (transaction) => {
    const accounts = await transaction.find(
      InstagramAccount,
      {
        stateCheckAt: { $lte: now },
        // What is being renewed just now may be better in a moment: it is looked at when its lease has ended.
        $or: [{ leaseUntil: null }, { leaseUntil: { $lte: now } }],
      },
      {
        orderBy: { stateCheckAt: 'asc' },
        limit: BATCH_SIZE,
        // Two workers look at different ones.
        lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE,
      },
    );
    for (const account of accounts) check(transaction, record, account, now);
    return accounts.length;
  });
}

/** Looks without a transaction: on SQLite that would lock the whole file, every few seconds and mostly for nothing. */
async function isAnyDue(em: EntityManager, now: Date): Promise<boolean> {
  const due = await accountTables(em)
    .selectFrom('instagram_account')
    .select('account_id')
    .where('state_check_at', '<=', storedTime(em, now))
    .limit(1)
    .executeTakeFirst();
  return due !== undefined;
}

function check(em: EntityManager, record: RecordNotice, account: InstagramAccount, now: Date): void {
  const { accountId, tokenExpiry } = account;
  const event = (type: 'expired' | 'expiring', detail: string): void =>
    recordEvent(em, { accountId, at: now, type, actor: 'system', detail });
  account.stateCheckAt = null;
  if (account.tokenEnd != null || tokenExpiry == null) return;
  account.updatedAt = now;
  if (tokenExpiry > now) {
    account.stateCheckAt = nextStateCheck(scheduledToken(account), now);
    // A clock that was ahead may have called its renewal off.
    account.nextRefreshAt ??= now;
    const failures = account.refreshFailures;
    event('expiring', `The token expires at ${tokenExpiry.toISOString()}; ${failures} renewals have failed.`);
    // Where nothing has failed, its renewal was only late: it is made in this very round.
    if (failures > 0) openIncident(em, record, account, 'expiring', now);
    return;
  }
  account.tokenProblem ??= toTokenProblem(
    new AppError('REAUTHORIZATION_REQUIRED', "The token's time is over."),
    now,
  );
  endToken(account, 'EXPIRED', now);
  event('expired', "The token's time is over.");
  openIncident(em, record, account, 'needs_reauthorization', now);
}
