import { fetchInstagramMe } from '../meta/instagram-me.js';
import { MetaError } from '../meta/meta-error.js';
import type { Meta } from '../meta/meta.js';
import { fetchPageProfile } from '../meta/page-profile.js';
import type { Secret } from '../secret.js';
import type { TokenKind } from './token-kind.js';

/** A stored token, opened. */
export interface StoredToken {
  readonly value: Secret;
  readonly kind: TokenKind;
  /** The Facebook Page whose token it is; null for Instagram tokens. */
  readonly pageId: string | null;
}

/**
 * Whether Meta still takes a token:
 * - `answers`: a profile call worked
 * - `refused`: Meta says that the token or its permission is gone
 * - `unsure`: Meta could not be asked, or refuses for a reason that is not the token's
 */
export type ProbeVerdict = 'answers' | 'refused' | 'unsure';

/** Asks Meta for the token's profile. Never throws for what Meta says. */
export async function probeToken(meta: Meta, token: StoredToken): Promise<ProbeVerdict> {
  try {
    if (token.pageId !== null) {
      // The page answers, but has no linked account any more: its token is of no use to us.
      return (await fetchPageProfile(meta, token.pageId, token.value)) === null ? 'refused' : 'answers';
    }
    await fetchInstagramMe(meta, token.value);
    return 'answers';
  } catch (error) {
    if (!(error instanceof MetaError)) throw error;
    return error.errorClass === 'reauthorization' || error.errorClass === 'permission' ? 'refused' : 'unsure';
  }
}
