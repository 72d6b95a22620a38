import { AppError } from '../errors.js';
import { needsReauthorization, tokenStateAt, type TokenState } from '../tokens/token-state.js';
import type { InstagramAccount } from './instagram-account.entity.js';

export function stateOf(account: InstagramAccount, now: Date): TokenState {
  const { tokenKind, tokenExpiry = null, tokenEnd = null } = account;
  return tokenStateAt({ tokenKind, tokenExpiry, tokenEnd }, now);
}

/**
 * For whoever needs a token that can still be good.
 *
 * @throws AppError REAUTHORIZATION_REQUIRED
 */
export function requireLiving(account: InstagramAccount, now: Date): void {
  const state = stateOf(account, now);
  if (needsReauthorization(state)) {
    throw new AppError('REAUTHORIZATION_REQUIRED', `The account's token is ${state}.`);
  }
}
