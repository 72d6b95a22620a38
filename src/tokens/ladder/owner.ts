import { AppError } from '../../errors.js';
import { fetchInstagramMe, type InstagramMe } from '../../meta/instagram-me.js';
import { MetaError } from '../../meta/meta-error.js';
import type { Meta } from '../../meta/meta.js';
import type { Secret } from '../../secret.js';
import type { LadderStart, Profile } from './ladder-start.js';

/** Whose token it has to be. */
type Wanted = Pick<LadderStart, 'professionalAccountId' | 'mustProveAccount'>;

/**
 * Asks `/me` with one token after the other, the best first, and returns the first that is accepted.
 *
 * @throws AppError NOT_PROFESSIONAL_ACCOUNT, or BAD_USER_INPUT when it is not, or may not be, the account that
 *   was picked
 * @throws MetaError when none is accepted: the first refusal, or one that may pass if there is any. A rate limit
 *   says nothing of the token, and asking on prolongs it: it is thrown at once.
 */
export async function findOwner<T extends { readonly value: Secret }>(
  meta: Meta,
  candidates: readonly T[],
  wanted: Wanted,
): Promise<{ candidate: T; me: InstagramMe; refusals: readonly MetaError[] }> {
  const refusals: MetaError[] = [];
  for (const candidate of candidates) {
    try {
      const me = await fetchInstagramMe(meta, candidate.value);
      requireWantedAccount(me, wanted);
      return { candidate, me, refusals };
    } catch (error) {
      if (!(error instanceof MetaError) || error.errorClass === 'rate_limit') throw error;
      refusals.push(error);
    }
  }
  throw refusals.find(({ retryable }) => retryable) ?? refusals[0] ?? new TypeError('No token to ask with.');
}

function requireWantedAccount(me: InstagramMe, { professionalAccountId, mustProveAccount }: Wanted): void {
  if (me.accountType?.toUpperCase() === 'PERSONAL') {
    throw new AppError('NOT_PROFESSIONAL_ACCOUNT', 'The Instagram account is a personal one.', {
      step: 'profile',
    });
  }
  if (professionalAccountId === null || me.userId === professionalAccountId) return;
  if (me.userId !== null) {
    throw new AppError(
      'BAD_USER_INPUT',
      'Consent was given for another Instagram account than the picked one.',
      {
        step: 'profile',
        userAction: 'Connect again, logged in on Instagram as the account that you picked.',
      },
    );
  }
  if (mustProveAccount) {
    throw new AppError(
      'BAD_USER_INPUT',
      'Meta does not tell whether consent was given for the Instagram account that was picked.',
      { step: 'profile', userAction: 'Connect again without picking an account.' },
    );
  }
}

export function profileOfOwner(me: InstagramMe): Profile {
  return {
    id: me.id,
    professionalAccountId: me.userId,
    appScopedId: me.id,
    username: me.username,
    name: me.name,
    pictureUrl: me.profilePictureUrl,
    pageId: null,
  };
}
