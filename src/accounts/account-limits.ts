import { AppError } from '../errors.js';
import { appScopes, blockingAll, longestLimit, type Limit, type LimitScope } from '../meta/limits.js';
import { secondsUntil } from '../time.js';
import { appOf } from '../tokens/token-app.js';
import type { InstagramAccount } from './instagram-account.entity.js';

/** By what Meta's limits name an account. */
type LimitedAccount = Pick<InstagramAccount, 'accountId' | 'professionalAccountId' | 'pageId'>;

/** Whose limits a renewal of the account's token may meet. */
export function limitScopes(account: InstagramAccount): LimitScope[] {
  return [...appScopes, ...accountScopes(account)];
}

/**
 * Of the limits that stand, those that keep the account's token from being renewed at all. The other app's do not:
 * a short-lived token that may climb by a page has a way around it.
 */
export function limitsOf(account: InstagramAccount, standing: readonly Limit[]): Limit[] {
  const scopes = [`app:${appOf(account.tokenKind)}`, ...accountScopes(account)];
  return standing.filter(({ scope }) => scopes.includes(scope));
}

/** The limits that are about this account alone. */
export function accountScopes(account: LimitedAccount): LimitScope[] {
  const ids = [account.accountId, account.professionalAccountId, account.pageId].filter((id) => id != null);
  return [`account:${account.accountId}`, ...[...new Set(ids)].map((id): LimitScope => `business:${id}`)];
}

/**
 * A person who waits may use what background work leaves alone, but nobody what Meta has closed.
 *
 * @throws AppError META_RATE_LIMITED
 */
export function requireNoLimit(limits: readonly Limit[], now: Date): void {
  const limit = longestLimit(blockingAll(limits));
  if (limit === null) return;
  throw new AppError('META_RATE_LIMITED', 'Meta limits our calls; it was not asked again.', {
    step: 'renewal',
    retryAfterSeconds: secondsUntil(limit.until, now),
  });
}
