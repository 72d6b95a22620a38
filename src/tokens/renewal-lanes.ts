import { metaApps, type MetaApp } from '../meta/limits.js';
import { kindsOf } from './token-app.js';
import type { TokenKind } from './token-kind.js';

/** Tokens of an app that are renewed beside all others: none of them waits for another lane's. */
export interface RenewalLane {
  readonly app: MetaApp;
  readonly kinds: readonly TokenKind[];
  /** Whether the app's breaker pauses these renewals, and opens and closes by what becomes of them. */
  readonly hasBreaker: boolean;
}

/**
 * Short-lived tokens have one hour, and no time to wait for a backlog or a breaker. They climb by other endpoints
 * than those that the breaker is about, and are tried ten times at most, whatever becomes of it.
 */
const shortLived: RenewalLane = { app: 'instagram', kinds: ['SHORT_LIVED'], hasBreaker: false };

export const renewalLanes: readonly RenewalLane[] = [
  shortLived,
  ...metaApps.map((app) => ({ app, kinds: breakerKinds(app), hasBreaker: true })),
];

/** The kinds of token whose renewals an app's breaker is about. */
export function breakerKinds(app: MetaApp): TokenKind[] {
  return kindsOf(app).filter((kind) => !shortLived.kinds.includes(kind));
}
