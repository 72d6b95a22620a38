import { LockMode, type EntityManager } from '@mikro-orm/core';
import { AppError, type ErrorCode } from '../errors.js';
import { withoutClosedHosts } from '../meta/closed-hosts.js';
import { fetchTokenGrantor } from '../meta/debug-token.js';
import type { Limit } from '../meta/limits.js';
import { MetaError } from '../meta/meta-error.js';
import type { Meta } from '../meta/meta.js';
import { orMetaError } from '../meta/or-error.js';
import type { RecordNotice } from '../notices/notice-outbox.js';
import type { Secret } from '../secret.js';
import { retryWhileAway } from '../sql/retry-while-away.js';
import { unitOfWork } from '../sql/unit-of-work.js';
import type { Breaker } from '../tokens/breaker.js';
import type { Cipher } from '../tokens/cipher.js';
import type { Profile } from '../tokens/ladder/ladder-start.js';
import { leasedCalls } from '../tokens/leased-calls.js';
import type { LimitStore } from '../tokens/limit-store.js';
import { rateLimitedCalls } from '../tokens/rate-limited-calls.js';
import { renewToken, type Renewal, type RenewalEnvironment } from '../tokens/renew-token.js';
import { appOf } from '../tokens/token-app.js';
import type { TokenKind } from '../tokens/token-kind.js';
import { ACCOUNT_LEASE_MS, renewLease, type AccountLease } from './account-lease.js';
import { accountScopes } from './account-limits.js';
import { findPerson } from './connected-person.js';
import { InstagramAccount } from './instagram-account.entity.js';
import { identify } from './merge-accounts.js';
import { openAccountToken } from './sealed-token.js';
import { writeRenewal } from './write-renewal.js';

export interface RenewAccountOptions extends RenewalEnvironment {
  /** A fresh EntityManager for each use. */
  readonly em: () => EntityManager;
  readonly cipher: Cipher;
  readonly limits: LimitStore;
  readonly breaker: Breaker;
  readonly record: RecordNotice;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  /** Told of every renewal and probe; `overtaken`: the token was replaced or removed meanwhile. */
  readonly onRenewal?: (
    kind: TokenKind,
    outcome: Renewal['result'] | 'overtaken',
    code: ErrorCode | null,
  ) => void;
}

export interface RenewalRequest {
  /** Who asked for it; `system` for the schedule. */
  readonly actor: string;
  /** The limits that close a host to whoever asks: background work stops sooner than somebody who waits. */
  readonly closed: readonly Limit[];
}

/** What a renewal came to that was written down. */
export interface MadeRenewal {
  /** What Meta refused; null when the token is the better for it, or the same. */
  readonly error: AppError | null;
  /** Whether it failed in a way that is not the account's own. */
  readonly failedForAll: boolean;
}

/**
 * renew the token at Meta → (nobody knows whose consent it came by: ask Meta) → write what came of it, if the
 * claim still stands and the token is still the one that was read. A database that is away then is waited for: what
 * Meta has just given it may not give again.
 *
 * @returns null when nothing was written: the claim was lost, or the token replaced
 * @throws CallsEndedError when the lease was lost, or the server stops, before the next call
 * @throws SealBrokenError
 */
export async function renewAccount(
  options: RenewAccountOptions,
  lease: AccountLease,
  account: InstagramAccount,
  { actor, closed }: RenewalRequest,
): Promise<MadeRenewal | null> {
  const { em, clock, meta, limits, stopping } = options;
  const { accountId } = account;
  const leased = leasedCalls(rateLimitedCalls(meta, { accountId, limits, clock }), {
    clock,
    leaseMs: ACCOUNT_LEASE_MS,
    renew: () => renewLease(em(), lease, clock.now()),
    stopping,
  });
  const calls = withoutClosedHosts(leased, closed, clock);
  const token = renewable(options.cipher, account);
  const renewal = requireSamePerson(account, await renewToken(token, { ...options, meta: calls }));
  const error = renewal.result === 'failed' ? renewal.error : null;
  const grantorId = await learnGrantor(calls, account, token.value);
  // Longer than what is left of the lease: whoever has claimed the account since is in no danger, by the fence.
  const failedForAll = await retryWhileAway(clock, ACCOUNT_LEASE_MS, () =>
    write(options, lease, account, { renewal, grantorId }, actor),
  );
  options.onRenewal?.(
    account.tokenKind,
    failedForAll === null ? 'overtaken' : renewal.result,
    error?.code ?? null,
  );
  if (failedForAll !== null) return { failedForAll, error };
  // What Meta said of a token that has been replaced since is no news of the account. Of one that was deleted
  // meanwhile, nothing may stay.
  await limits.settled();
  await unitOfWork(em(), async (transaction) => {
    if ((await transaction.count(InstagramAccount, { accountId })) > 0) return;
    await limits.forget(transaction, accountScopes(account));
  });
  return null;
}

function renewable(cipher: Cipher, account: InstagramAccount): Parameters<typeof renewToken>[0] {
  return {
    value: openAccountToken(cipher, account.accountId, account.accessToken),
    kind: account.tokenKind,
    pageId: account.pageId ?? null,
    flow: account.flow,
    issuedAt: account.tokenIssuedAt,
    expiresAt: account.tokenExpiry ?? null,
    professionalAccountId: account.professionalAccountId ?? null,
    grantedScopes: account.scopes.length === 0 ? null : account.scopes,
    steps: account.connectionSteps,
  };
}

/**
 * The person by whose consent a page token came, where that could not be learnt when it came: until it is known,
 * Meta's calls find nobody here. Only good to have: a failure changes nothing.
 */
async function learnGrantor(
  meta: Meta,
  { tokenKind, grantorId }: InstagramAccount,
  token: Secret,
): Promise<string | null> {
  if (tokenKind !== 'PAGE' || grantorId != null) return null;
  const grantor = await orMetaError(fetchTokenGrantor(meta, token));
  return grantor instanceof MetaError ? null : grantor;
}

/** The ladder may lead to the page of another account of the same person: that token is not this account's. */
function requireSamePerson(account: InstagramAccount, renewal: Renewal): Renewal {
  if (renewal.result !== 'climbed' || isSamePerson(account, renewal.climbed.profile)) return renewal;
  return {
    result: 'failed',
    error: new AppError('PAGE_NOT_LINKED', 'The linked Facebook Page belongs to another Instagram account.', {
      step: 'renewal',
      reason: 'NOT_AMONG_THEM',
    }),
  };
}

function isSamePerson(account: InstagramAccount, profile: Profile): boolean {
  const { professionalAccountId, appScopedId } = account;
  if (professionalAccountId != null && profile.professionalAccountId !== null)
    return professionalAccountId === profile.professionalAccountId;
  if (appScopedId != null && profile.appScopedId !== null) return appScopedId === profile.appScopedId;
  // Read on rungs that share no id: at Instagram a username is one person's.
  return account.accountId === profile.id || account.accountName === profile.username;
}

/** Gives whether it failed for all; null when the claim was lost, or the token replaced: nothing was written. */
async function write(
  { em, cipher, clock, record, requestedScopes, breaker }: RenewAccountOptions,
  { fence }: AccountLease,
  { accountId, tokenVersion, tokenKind, unknownSince = null }: InstagramAccount,
  { renewal, grantorId }: { readonly renewal: Renewal; readonly grantorId: string | null },
  actor: string,
): Promise<boolean | null> {
  const unknownCountsFrom =
    renewal.result === 'failed'
      ? await breaker.countsFrom(appOf(tokenKind), { accountId, unknownSince }, clock.now())
      : null;
  return unitOfWork(em(), async (transaction) => {
    const account = await transaction.findOne(
      InstagramAccount,
      { accountId, fence, tokenVersion },
      // With the token, which is not needed: to name all columns but one takes longer than to read it.
      { lockMode: LockMode.PESSIMISTIC_WRITE, populate: ['accessToken'] },
    );
    if (account === null) return null;
    account.fence = null;
    account.leaseUntil = null;
    account.grantorId ??= grantorId;
    const failedForAll = writeRenewal(transaction, account, renewal, {
      cipher,
      record,
      requestedScopes,
      actor,
      now: clock.now(),
      unknownCountsFrom,
      random: Math.random(),
    });
    if (renewal.result === 'climbed') {
      const rows = await findPerson(transaction, renewal.climbed.profile);
      // A second row of the same person stays until they connect again: then both are merged.
      if (rows.every((row) => row.accountId === accountId)) identify(account, renewal.climbed, rows);
    }
    return failedForAll;
  });
}
