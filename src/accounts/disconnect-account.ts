import { LockMode, type EntityManager } from '@mikro-orm/core';
import type { Logger } from '../logger.js';
import { blockingAll, longestLimit, type Limit } from '../meta/limits.js';
import { MetaError } from '../meta/meta-error.js';
import type { Meta } from '../meta/meta.js';
import { revokeFacebookPermissions, revokeInstagramPermissions } from '../meta/revoke-permissions.js';
import { unsubscribeAccount, unsubscribePage } from '../meta/unsubscribe-webhooks.js';
import type { Secret } from '../secret.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import type { Clock } from '../time.js';
import { SealBrokenError, type Cipher } from '../tokens/cipher.js';
import type { LimitStore } from '../tokens/limit-store.js';
import { recordEvent } from './account-history.js';
import { accountScopes } from './account-limits.js';
import { eraseToken } from './erase-token.js';
import { InstagramAccount } from './instagram-account.entity.js';
import { noSuchAccount } from './no-such-account.js';
import { openAccountToken } from './sealed-token.js';

export interface DisconnectOptions {
  readonly em: () => EntityManager;
  readonly cipher: Cipher;
  readonly clock: Clock;
  readonly meta: Meta;
  readonly limits: LimitStore;
  readonly logger: Logger;
}

/** What Meta is told when an account leaves. */
interface Farewell {
  readonly accountId: string;
  readonly token: Secret;
  readonly pageId: string | null;
  readonly professionalAccountId: string | null;
  /** Whose permissions may go; null when other accounts live by them, or nobody knows the person. */
  readonly grantorId: string | null;
}

/**
 * Erases the token → (best effort) ends the webhook subscription and takes the app's permissions back at Meta.
 *
 * In this order: whatever becomes of the calls, the token is gone from here. None is made while Meta's limits
 * close the host or the account: as when Meta cannot be reached, that is logged, and nothing is made up for later.
 * Resolves when the token is erased, to the calls that are still to end; they never reject.
 *
 * @throws AppError NOT_FOUND
 */
export async function disconnectAccount(
  options: DisconnectOptions,
  accountId: string,
  actor: string,
): Promise<Promise<void>[]> {
  const { em, clock } = options;
  const now = clock.now();
  const seen = await em().findOne(InstagramAccount, { accountId }, { fields: ['grantorId'] });
  const grantorId = seen?.grantorId ?? null;
  const farewell = await unitOfWork(em(), async (transaction) => {
    // All of the person's accounts: of two that leave at the same time, one has to be the last.
    const accounts = await transaction.find(
      InstagramAccount,
      { $or: [{ accountId }, ...(grantorId === null ? [] : [{ grantorId }])] },
      { populate: ['accessToken'], orderBy: { accountId: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
    );
    const account = accounts.find((one) => one.accountId === accountId);
    if (account === undefined) throw noSuchAccount();
    if (account.tokenEnd === 'DISCONNECTED') return null;
    const leaving = await toFarewell(transaction, options.cipher, account);
    eraseToken(account, now);
    // Whoever disconnects knows that the token is gone.
    account.incident = null;
    recordEvent(transaction, { accountId, at: now, type: 'disconnected', actor, detail: null });
    return leaving;
  });
  return farewell === null ? [] : [takeLeave(options, farewell)];
}

async function toFarewell(
  em: EntityManager,
  cipher: Cipher,
  account: InstagramAccount,
): Promise<Farewell | null> {
  const { accountId, accessToken, tokenEnd, grantorId } = account;
  // Meta ended it: there is nothing left to take back.
  if (accessToken == null || tokenEnd === 'REVOKED') return null;
  let token: Secret;
  try {
    token = openAccountToken(cipher, accountId, accessToken);
  } catch (error) {
    // No key opens it: it can be erased all the same.
    if (error instanceof SealBrokenError) return null;
    throw error;
  }
  // One person may have connected several accounts: their permissions are the same ones.
  const others =
    grantorId == null
      ? 0
      : await em.count(InstagramAccount, { grantorId, tokenEnd: null, accountId: { $ne: accountId } });
  return {
    accountId,
    token,
    pageId: account.pageId ?? null,
    professionalAccountId: account.professionalAccountId ?? null,
    grantorId: others === 0 ? (grantorId ?? null) : null,
  };
}

async function takeLeave(options: DisconnectOptions, leaving: Farewell): Promise<void> {
  const { meta, logger } = options;
  const { accountId, token, pageId, professionalAccountId, grantorId } = leaving;
  const calls =
    pageId === null
      ? [
          ...(professionalAccountId === null
            ? []
            : [() => unsubscribeAccount(meta, professionalAccountId, token)]),
          ...(grantorId === null ? [] : [() => revokeInstagramPermissions(meta, token)]),
        ]
      : [
          () => unsubscribePage(meta, pageId, token),
          ...(grantorId === null ? [] : [() => revokeFacebookPermissions(meta, grantorId)]),
        ];
  // One after the other: without its permissions the token could not end the subscription.
  for (const call of calls) {
    try {
      // Before each call: the first may have met a limit.
      const limit = await findLimit(options, leaving);
      if (limit !== null) {
        const { scope, until } = limit;
        logger.info({ accountId, scope, until }, 'Meta limits our calls, and was not told of a farewell');
        return;
      }
      await call();
    } catch (err) {
      if (!(err instanceof MetaError)) logger.error({ err, accountId }, 'a farewell failed');
      else logger.info({ errorCode: err.code, endpoint: err.endpoint }, 'Meta did not take a farewell');
    }
  }
}

/** What Meta has closed: the host that all these calls go to, or the account. */
async function findLimit({ limits, clock }: DisconnectOptions, leaving: Farewell): Promise<Limit | null> {
  const app = leaving.pageId === null ? 'app:instagram' : 'app:facebook';
  const found = await limits.find([app, ...accountScopes(leaving)], clock.now());
  return longestLimit(blockingAll(found));
}
