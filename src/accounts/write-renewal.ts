import type { EntityManager } from '@mikro-orm/core';
import type { RecordNotice } from '../notices/notice-outbox.js';
import type { Cipher } from '../tokens/cipher.js';
import { judgeFailure } from '../tokens/failure-policy.js';
import { isAlarmed } from '../tokens/refresh-schedule.js';
import type { RenewedProfile, Renewal } from '../tokens/renew-token.js';
import { toTokenProblem } from '../tokens/token-problem.js';
import { closeIncident, openIncident } from './account-incidents.js';
import { recordEvent } from './account-history.js';
import type { InstagramAccount } from './instagram-account.entity.js';
import { endedSchedule, freshSchedule, scheduledToken } from './scheduled-token.js';
import { sealAccountToken } from './sealed-token.js';
import { expiryOrder, tokenColumns } from './token-columns.js';
import { dueSubscription } from './webhook-subscription.js';

export interface RenewalContext {
  readonly cipher: Cipher;
  readonly record: RecordNotice;
  readonly requestedScopes: readonly string[];
  /** Who asked for it; `system` for the schedule. */
  readonly actor: string;
  readonly now: Date;
  /** Unknown answers from before then had another reason than the token. */
  readonly unknownCountsFrom: Date | null;
  /** From 0 to 1. */
  readonly random: number;
}

/**
 * Writes what a renewal came to into the account's row, with its event and its notice, as part of the caller's
 * transaction.
 *
 * @returns whether it failed in a way that is not the account's own
 */
export function writeRenewal(
  em: EntityManager,
  account: InstagramAccount,
  renewal: Renewal,
  context: RenewalContext,
): boolean {
  const { now, record, actor } = context;
  const { accountId } = account;
  const event = (type: 'renewed' | 'failed' | 'revoked' | 'expired', detail: string): void =>
    recordEvent(em, { accountId, at: now, type, actor, detail });
  account.updatedAt = now;
  account.lastTriedAt = now;
  account.lastTryFailed = false;
  if (renewal.result !== 'failed') {
    const hadProblem = account.tokenProblem != null;
    const isBetter = writeSuccess(account, renewal, context);
    if (isBetter) closeIncident(em, record, account, now);
    const detail = successDetail(renewal);
    // A probe on schedule that found nothing new is no news.
    if (renewal.result !== 'answers' || hadProblem || actor !== 'system') {
      event(isBetter ? 'renewed' : 'failed', detail);
    }
    return false;
  }
  const { error } = renewal;
  const token = scheduledToken(account);
  const verdict = judgeFailure({
    error,
    token,
    failures: { count: account.refreshFailures, unknownSince: account.unknownSince ?? null },
    unknownCountsFrom: context.unknownCountsFrom,
    now,
    random: context.random,
  });
  account.tokenProblem = toTokenProblem(error, now);
  account.refreshFailures = verdict.failures.count;
  account.unknownSince = verdict.failures.unknownSince;
  account.nextRefreshAt = verdict.nextAt;
  account.lastTryFailed = verdict.countsForBreaker;
  const detail = `${error.code}: ${error.message}`;
  if (verdict.end === null) {
    event('failed', detail);
    if (isAlarmed(token, now)) openIncident(em, record, account, 'expiring', now);
  } else {
    endToken(account, verdict.end, now);
    event(verdict.end === 'EXPIRED' ? 'expired' : 'revoked', detail);
    openIncident(em, record, account, 'needs_reauthorization', now);
  }
  return verdict.countsForBreaker;
}

/** Meta's word, or time, has ended the token. */
export function endToken(account: InstagramAccount, end: 'EXPIRED' | 'REVOKED', now: Date): void {
  account.tokenEnd = end;
  Object.assign(account, endedSchedule);
  // An expired token has an end that is not to come.
  if (end === 'EXPIRED' && (account.tokenExpiry == null || account.tokenExpiry > now)) {
    account.tokenExpiry = now;
    account.expiryOrder = expiryOrder(now);
  }
}

/** Gives whether the token is one that lasts: a short-lived one is only what it was before. */
function writeSuccess(
  account: InstagramAccount,
  renewal: Exclude<Renewal, { result: 'failed' }>,
  { cipher, requestedScopes, now }: RenewalContext,
): boolean {
  const { accountId } = account;
  account.tokenEnd = null;
  switch (renewal.result) {
    case 'renewed': {
      const { token, profile } = renewal;
      // Stored even when the text is the same: its end is another one.
      account.accessToken = sealAccountToken(cipher, accountId, token.value);
      account.tokenIssuedAt = token.issuedAt;
      account.tokenExpiry = token.expiresAt;
      account.expiryOrder = expiryOrder(token.expiresAt);
      account.tokenVersion += 1;
      if (profile !== null) writeProfile(account, profile);
      break;
    }
    case 'climbed': {
      const { climbed } = renewal;
      const source = { climbed, flow: account.flow, requestedScopes, now };
      const pageId = account.pageId ?? null;
      Object.assign(account, tokenColumns(accountId, cipher, source));
      account.tokenVersion += 1;
      // Another one has to be subscribed to now: the page instead of the account.
      if (account.pageId !== pageId) Object.assign(account, { subscribedAt: null, ...dueSubscription(now) });
      if (climbed.token.kind === 'SHORT_LIVED') return false;
      break;
    }
    case 'answers':
      writeProfile(account, renewal.profile);
  }
  account.tokenProblem = null;
  account.lastRefreshedAt = now;
  Object.assign(account, freshSchedule(account, now));
  return true;
}

function writeProfile(account: InstagramAccount, profile: RenewedProfile): void {
  account.accountName = profile.username;
  account.displayName = profile.name ?? profile.username;
  account.profilePictureUrl = profile.profilePictureUrl;
}

function successDetail(renewal: Exclude<Renewal, { result: 'failed' }>): string {
  switch (renewal.result) {
    case 'renewed':
      return 'The long-lived token was renewed.';
    case 'climbed': {
      const { kind } = renewal.climbed.token;
      return kind === 'SHORT_LIVED'
        ? 'The ladder led to no better token.'
        : `The ladder led to a ${kind} token.`;
    }
    case 'answers':
      return 'The page token was found to work.';
  }
}
