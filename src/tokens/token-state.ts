import { DAY } from '../time.js';
import type { TokenKind } from './token-kind.js';

/**
 * What can be said of a token, in order of precedence: the first that holds.
 * - `DISCONNECTED`: an admin, or Meta's deauthorize call, ended it
 * - `REVOKED`: Meta says that it is no longer valid
 * - `EXPIRED`: its time is over, or Meta says so
 * - `EXPIRING_SOON`: less than 7 days left; short-lived tokens always
 * - `ACTIVE`
 */
export const tokenStates = ['ACTIVE', 'EXPIRING_SOON', 'EXPIRED', 'REVOKED', 'DISCONNECTED'] as const;

export type TokenState = (typeof tokenStates)[number];

/** How a token came to its end before its time. */
export const tokenEnds = ['DISCONNECTED', 'REVOKED', 'EXPIRED'] as const;

export type TokenEnd = (typeof tokenEnds)[number];

/** Less than this left: expiring soon. */
export const EXPIRING_SOON_MS = 7 * DAY;

export interface TokenFacts {
  readonly tokenKind: TokenKind;
  /** Null for a token that never expires. */
  readonly tokenExpiry: Date | null;
  readonly tokenEnd: TokenEnd | null;
}

/** The state at `now`. `accounts/account-filter.ts` says the same in SQL. */
export function tokenStateAt({ tokenKind, tokenExpiry, tokenEnd }: TokenFacts, now: Date): TokenState {
  return tokenStateOf(tokenKind, tokenExpiry?.getTime() ?? null, tokenEnd, now.getTime());
}

/** The same with times in milliseconds since 1970: to compare dates takes many times as long. */
export function tokenStateOf(
  kind: TokenKind,
  expiry: number | null,
  end: TokenEnd | null,
  now: number,
): TokenState {
  if (end === 'DISCONNECTED' || end === 'REVOKED') return end;
  if (end === 'EXPIRED' || (expiry !== null && expiry <= now)) return 'EXPIRED';
  if (kind === 'SHORT_LIVED') return 'EXPIRING_SOON';
  return expiry !== null && expiry < now + EXPIRING_SOON_MS ? 'EXPIRING_SOON' : 'ACTIVE';
}

/** Whether the person has to connect again: nothing that we can do brings the token back. */
export function needsReauthorization(state: TokenState): boolean {
  return state === 'EXPIRED' || state === 'REVOKED' || state === 'DISCONNECTED';
}
