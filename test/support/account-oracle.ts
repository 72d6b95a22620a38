import type {
  InstagramAccountFilter,
  InstagramAccountOrder,
  InstagramAccountsQueryVariables,
  TokenState,
} from '../../src/generated/graphql.js';
import type { AccountFacts } from './accounts.js';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** What the contract says of a token, worked out anew: not one line is shared with the server. */
export function stateOf({ tokenKind, tokenExpiry, tokenEnd }: AccountFacts, now: Date): TokenState {
  if (tokenEnd !== null) return tokenEnd;
  const leftMs = tokenExpiry === null ? Infinity : tokenExpiry.getTime() - now.getTime();
  if (leftMs <= 0) return 'EXPIRED';
  return leftMs < WEEK_MS || tokenKind === 'SHORT_LIVED' ? 'EXPIRING_SOON' : 'ACTIVE';
}

function matches(account: AccountFacts, filter: InstagramAccountFilter, now: Date): boolean {
  const state = stateOf(account, now);
  const { state: states, kind, accountNameContains, expiresBefore, needsReauthorization } = filter;
  const dead = state !== 'ACTIVE' && state !== 'EXPIRING_SOON';
  return (
    (states == null || states.includes(state)) &&
    (kind == null || kind.includes(account.tokenKind)) &&
    (accountNameContains == null ||
      account.accountName.toLowerCase().includes(accountNameContains.toLowerCase())) &&
    (expiresBefore == null ||
      (account.tokenExpiry !== null && account.tokenExpiry < new Date(expiresBefore))) &&
    (needsReauthorization == null || needsReauthorization === dead)
  );
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

const comparisons: Record<InstagramAccountOrder, (one: AccountFacts, other: AccountFacts) => number> = {
  OLDEST_FIRST: (one, other) =>
    one.connectedAt.getTime() - other.connectedAt.getTime() || byBytes(one.accountId, other.accountId),
  NEWEST_FIRST: (one, other) => comparisons.OLDEST_FIRST(other, one),
  NAME_ASC: (one, other) =>
    byBytes(one.accountName, other.accountName) || byBytes(one.accountId, other.accountId),
  EXPIRY_ASC: (one, other) => {
    const a = one.tokenExpiry?.getTime() ?? null;
    const b = other.tokenExpiry?.getTime() ?? null;
    if (a === b) return byBytes(one.accountId, other.accountId);
    if (a === null || b === null) return a === null ? 1 : -1;
    return a - b;
  },
};

/** The whole list, in order. */
export function wholeList(
  accounts: readonly AccountFacts[],
  { filter, orderBy = 'NEWEST_FIRST' }: Pick<InstagramAccountsQueryVariables, 'filter' | 'orderBy'>,
  now: Date,
): AccountFacts[] {
  return accounts.filter((account) => matches(account, filter ?? {}, now)).toSorted(comparisons[orderBy]);
}
