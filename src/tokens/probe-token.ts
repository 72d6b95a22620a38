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
  /** Whose token it is, as far as that is known: a page can be linked to another account since. */
  readonly professionalAccountId: string | null;
}

/**
 * Whether Meta still takes a token:
 * - `answers`: a profile call worked
 * - `refused`: Meta says that the token or its permission is gone
 * - `unsure`: Meta could not be asked, or refuses for a reason that is not the token's
 */
export type ProbeVerdict = 'answers' | 'refused' | 'unsure';

/** Whether a profile that was read with a token is the one that the token was stored for. */
export function isOwnProfile(
  profile: { readonly id: string },
  { professionalAccountId }: Pick<StoredToken, 'professionalAccountId'>,
): boolean {
  return professionalAccountId === null || profile.id === professionalAccountId;
}

/** Asks Meta for the token's profile. Never throws for what Meta says. */
export async function probeToken(meta: Meta, token: StoredToken): Promise<ProbeVerdict> {
  try {
    if (token.pageId !== null) {
      const profile = await fetchPageProfile(meta, token.pageId, token.value);
      // The page answers, but its account is not linked any more: its token is of no use to us.
      return profile !== null && isOwnProfile(profile, token) ? 'answers' : 'refused';
    }
    await fetchInstagramMe(meta, token.value);
    return 'answers';
  } catch (error) {
    if (!(error instanceof MetaError)) throw error;
    return error.errorClass === 'reauthorization' || error.errorClass === 'permission' ? 'refused' : 'unsure';
  }
}
