import type { LoginFlow } from '../login-flow.js';
import type { LimitScope, MetaApp } from '../meta/limits.js';
import { tokenKinds, type TokenKind } from './token-kind.js';

/** The app that issued a token of this kind, and that renews it. */
export function appOf(kind: TokenKind): MetaApp {
  return kind === 'PAGE' ? 'facebook' : 'instagram';
}

/** The kinds of token that an app renews. */
export function kindsOf(app: MetaApp): TokenKind[] {
  return tokenKinds.filter((kind) => appOf(kind) === app);
}

/** Whose limits the renewal of a token has to obey: a short-lived one may climb by a page. */
export function appScopesOf(kind: TokenKind, flow: LoginFlow): LimitScope[] {
  const climbsByPage = kind === 'SHORT_LIVED' && flow !== 'instagram';
  return climbsByPage ? ['app:instagram', 'app:facebook'] : [`app:${appOf(kind)}`];
}
