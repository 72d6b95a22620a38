import type { EntityManager } from '@mikro-orm/core';
import { AppError } from '../errors.js';
import type { Cipher } from '../tokens/cipher.js';
import { renewToken, type Renewal, type RenewalEnvironment } from '../tokens/renew-token.js';
import { toTokenProblem } from '../tokens/token-problem.js';
import { needsReauthorization, tokenStateAt } from '../tokens/token-state.js';
import { recordEvent } from './account-history.js';
import { findPerson } from './connected-person.js';
import { InstagramAccount } from './instagram-account.entity.js';
import { identify } from './merge-accounts.js';
import { openAccountToken, sealAccountToken } from './sealed-token.js';
import { expiryOrder, tokenColumns } from './token-columns.js';

export interface RefreshOptions extends RenewalEnvironment {
  /** A fresh EntityManager for each use. */
  readonly em: () => EntityManager;
  readonly cipher: Cipher;
}

/**
 * read the token → renew it at Meta → write what came of it, if the token is still the one that was read
 *
 * A reconnect that happens meanwhile wins: its token is newer than anything that this renewal knows.
 *
 * @throws AppError NOT_FOUND, REAUTHORIZATION_REQUIRED (the token is dead), RATE_LIMITED (younger than a day),
 *   or what Meta said
 */
export async function refreshAccount(
  options: RefreshOptions,
  accountId: string,
  actor: string,
): Promise<void> {
  const { em, cipher, clock } = options;
  const account = await em().findOne(InstagramAccount, { accountId }, { populate: ['accessToken'] });
  if (account === null) throw new AppError('NOT_FOUND', 'There is no such account.');
  requireLiving(account, clock.now());
  const renewal = await renewToken(
    {
      value: openAccountToken(cipher, accountId, account.accessToken),
      kind: account.tokenKind,
      pageId: account.pageId ?? null,
      flow: account.flow,
      issuedAt: account.tokenIssuedAt,
      expiresAt: account.tokenExpiry ?? null,
      professionalAccountId: account.professionalAccountId ?? null,
      grantedScopes: account.scopes.length === 0 ? null : account.scopes,
      steps: account.connectionSteps,
    },
    options,
  );
  const stillConcerned = await em().transactional(async (transaction) => {
    const current = await transaction.findOne(InstagramAccount, { accountId });
    if (current === null || !holdsSameToken(current, account)) return false;
    write(transaction, current, renewal, options, actor);
    if (renewal.result !== 'climbed') return true;
    const rows = await findPerson(transaction, renewal.climbed.profile);
    // A second row of the same person stays until they connect again: then both are merged.
    if (rows.every((row) => row.accountId === accountId)) identify(current, renewal.climbed, rows);
    return true;
  });
  // What Meta said of a token that has been replaced since is no news of the account.
  if (renewal.result === 'failed' && stillConcerned) throw renewal.error;
}

/** Versions begin anew when an account is deleted and the person connects again. */
function holdsSameToken(one: InstagramAccount, other: InstagramAccount): boolean {
  return one.tokenVersion === other.tokenVersion && one.connectedAt.getTime() === other.connectedAt.getTime();
}

/**
 * The account's token if it can still be good.
 *
 * @throws AppError REAUTHORIZATION_REQUIRED
 */
export function requireLiving(account: InstagramAccount, now: Date): void {
  const state = tokenStateAt(
    {
      tokenKind: account.tokenKind,
      tokenExpiry: account.tokenExpiry ?? null,
      tokenEnd: account.tokenEnd ?? null,
    },
    now,
  );
  if (needsReauthorization(state)) {
    throw new AppError('REAUTHORIZATION_REQUIRED', `The account's token is ${state}.`);
  }
}

function write(
  em: EntityManager,
  account: InstagramAccount,
  renewal: Renewal,
  { cipher, clock, requestedScopes }: RefreshOptions,
  actor: string,
): void {
  const now = clock.now();
  const { accountId } = account;
  const record = (type: 'renewed' | 'failed', detail: string): void =>
    recordEvent(em, { accountId, at: now, type, actor, detail });
  account.updatedAt = now;
  switch (renewal.result) {
    case 'renewed': {
      const { token } = renewal;
      account.accessToken = sealAccountToken(cipher, accountId, token.value);
      account.tokenIssuedAt = token.issuedAt;
      account.tokenExpiry = token.expiresAt;
      account.expiryOrder = expiryOrder(token.expiresAt);
      account.tokenVersion += 1;
      account.tokenProblem = null;
      account.lastRefreshedAt = now;
      record('renewed', 'The long-lived token was renewed.');
      return;
    }
    case 'climbed': {
      const { climbed } = renewal;
      Object.assign(
        account,
        tokenColumns(accountId, cipher, { climbed, flow: account.flow, requestedScopes, now }),
      );
      account.tokenVersion += 1;
      if (climbed.token.kind === 'SHORT_LIVED') {
        record('failed', 'The ladder led to no better token.');
        return;
      }
      account.lastRefreshedAt = now;
      record('renewed', `The ladder led to a ${climbed.token.kind} token.`);
      return;
    }
    case 'answers': {
      account.accountName = renewal.profile.username;
      account.displayName = renewal.profile.name ?? renewal.profile.username;
      account.profilePictureUrl = renewal.profile.profilePictureUrl;
      account.tokenProblem = null;
      account.lastRefreshedAt = now;
      record('renewed', 'The page token was found to work.');
      return;
    }
    case 'failed':
      account.tokenProblem = toTokenProblem(renewal.error, now);
      if (renewal.end !== null) account.tokenEnd = renewal.end;
      record('failed', `${renewal.error.code}: ${renewal.error.message}`);
  }
}
