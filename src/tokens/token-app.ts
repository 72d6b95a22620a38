import type { MetaApp } from '../meta/limits.js';
import { tokenKinds, type TokenKind } from './token-kind.js';

/** The app that issued a token of this kind, and that renews it. */
export function appOf(kind: TokenKind): MetaApp {
  return kind === 'PAGE' ? 'facebook' : 'instagram';
}

/** The kinds of token that an app renews. */
export function kindsOf(app: MetaApp): TokenKind[] {
  return tokenKinds.filter((kind) => appOf(kind) === app);
}
