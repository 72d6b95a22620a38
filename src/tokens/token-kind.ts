/**
 * What a token is worth, best first:
 * - `PAGE`: a Facebook page token that never expires
 * - `LONG_LIVED`: 60 days, renewable
 * - `SHORT_LIVED`: about an hour
 */
export const tokenKinds = ['PAGE', 'LONG_LIVED', 'SHORT_LIVED'] as const;

export type TokenKind = (typeof tokenKinds)[number];

const RANKS: Readonly<Record<TokenKind, number>> = { PAGE: 3, LONG_LIVED: 2, SHORT_LIVED: 1 };

/** Whether a token of one kind is worth more than one of another. */
export function ranksAbove(one: TokenKind, other: TokenKind): boolean {
  return RANKS[one] > RANKS[other];
}
