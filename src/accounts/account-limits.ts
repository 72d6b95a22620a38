import { AppError } from '../errors.js';
import type { Limit, LimitScope } from '../meta/limits.js';
import { SECOND } from '../time.js';
import type { LimitStore } from '../tokens/limit-store.js';
import { tokenKinds, type TokenKind } from '../tokens/token-kind.js';
import type { InstagramAccount } from './instagram-account.entity.js';

/** Which app's calls are made with each kind of token. */
const appScopes: Readonly<Record<TokenKind, readonly LimitScope[]>> = {
  PAGE: ['app:facebook'],
  LONG_LIVED: ['app:instagram'],
  SHORT_LIVED: ['app:instagram', 'app:facebook'],
};

/** The kinds of tokens with which Meta may be called now in the background, as far as the apps' limits go. */
export async function allowedKinds(limits: LimitStore, now: Date): Promise<TokenKind[]> {
  const limited = await limits.find(['app:instagram', 'app:facebook'], now);
  return tokenKinds.filter((kind) =>
    appScopes[kind].every((scope) => limited.every((one) => one.scope !== scope)),
  );
}

/** Whose limits a renewal of the account's token has to obey. */
export function limitScopes(account: InstagramAccount): LimitScope[] {
  return [...appScopes[account.tokenKind], ...accountScopes(account)];
}

/** The limits that are about this account alone. */
export function accountScopes(account: InstagramAccount): LimitScope[] {
  const ids = [account.accountId, account.professionalAccountId, account.pageId].filter((id) => id != null);
  return [`account:${account.accountId}`, ...[...new Set(ids)].map((id): LimitScope => `business:${id}`)];
}

/** The limit that stands the longest; null where there is none. */
export function longest(limits: readonly Limit[]): Limit | null {
  return limits.reduce<Limit | null>(
    (longest, limit) => (longest && longest.until >= limit.until ? longest : limit),
    null,
  );
}

/**
 * A person who waits may use what background work leaves alone, but nobody what Meta has closed.
 *
 * @throws AppError META_RATE_LIMITED
 */
export function requireNoLimit(limits: readonly Limit[], now: Date): void {
  const limit = longest(limits.filter(({ blocks }) => blocks === 'all'));
  if (limit === null) return;
  throw new AppError('META_RATE_LIMITED', 'Meta limits our calls; it was not asked again.', {
    step: 'renewal',
    retryAfterSeconds: Math.ceil((limit.until.getTime() - now.getTime()) / SECOND),
  });
}
