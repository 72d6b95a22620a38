import { AppError } from '../errors.js';
import type { Clock } from '../time.js';
import type { Keyring } from '../tokens/keyring.js';
import { sealState } from './authorization-state.js';
import { authorizationUrls, type AuthorizationUrlInput } from './authorization-url.js';

export interface AuthUrlOptions extends AuthorizationUrlInput {
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly challengeRequired: boolean;
  /** Told when somebody asks for a URL that nothing ties to their browser. */
  readonly onUnbound: () => void;
}

/** RFC 7636 section 4.2: base64url of 32 bytes. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/**
 * Gives the authorization URL with a fresh state, each time.
 *
 * @throws AppError what it gives: BAD_USER_INPUT when the challenge is malformed, or missing where it is required
 */
export function createAuthUrl(
  options: AuthUrlOptions,
): (challenge: string | null, forceReauth: boolean) => string {
  const { flow, redirectUri, keyring, clock } = options;
  const urlOf = authorizationUrls(options);
  return (challenge, forceReauth) => {
    if (challenge === null && options.challengeRequired) {
      throw new AppError('BAD_USER_INPUT', 'challenge: is required.');
    }
    if (challenge !== null && !CHALLENGE.test(challenge)) {
      throw new AppError(
        'BAD_USER_INPUT',
        'challenge: must be the base64url SHA-256 of a verifier (43 characters).',
      );
    }
    if (challenge === null) options.onUnbound();
    return urlOf(sealState(keyring, { flow, redirectUri, challenge }, clock.now()), forceReauth);
  };
}
