import { createHash, randomUUID } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { LruMap } from 'toad-cache';
import { AppError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Authentication, Role } from '../request-context.js';
import { MINUTE, SECOND, plus, type Clock } from '../time.js';
import { KeysUnavailableError, type RemoteKeys } from './remote-keys.js';

/** Signatures by a private key that only the provider has: a shared secret would be ours to lose, too. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** How far the provider's clock and ours may be apart. */
const TOLERANCE_SECONDS = 30;
/** How many tokens are remembered, so that their signature is checked once. */
const REMEMBERED_TOKENS = 1_000;
/** No longer than this, beside the time for which keys are fresh: one may be taken back. */
const REMEMBERED_MS = 10 * MINUTE;
/** What a history shows as it is; of other subjects it shows a hash. */
const PLAIN_SUBJECT = /^[\w.@|:+/=~-]{1,128}$/;

/** The highest first. */
const ROLES: readonly Role[] = ['admin', 'service'];

export interface IdentityTokensOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: RemoteKeys;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Remembered {
  readonly authentication: Authentication;
  readonly since: Date;
  readonly until: Date;
}

/** Tells who sends a request by a JWT (RFC 7519) that the operator's identity provider has signed. */
export class IdentityTokens {
  /** By the token's hash. */
  readonly #remembered = new LruMap<Remembered>(REMEMBERED_TOKENS);

  constructor(private readonly options: IdentityTokensOptions) {}

  /** Never rejects. Of a token that was seen before, the answer is there at once. */
  authenticate(token: string): Authentication | Promise<Authentication> {
    const digest = createHash('sha256').update(token, 'utf8').digest('base64');
    const remembered = this.#remembered.get(digest);
    const now = this.options.clock.now();
    // What is remembered since a time to come is as old as the clock that ran ahead likes.
    if (remembered !== undefined && remembered.since <= now && now < remembered.until) {
      return remembered.authentication;
    }
    return this.#verify(token, digest);
  }

  /** signature and claims → role → name. What is sound is remembered. */
  async #verify(token: string, digest: string): Promise<Authentication> {
    const { issuer, audience, keys, clock } = this.options;
    try {
      const { payload } = await jwtVerify(token, keys.find, {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: TOLERANCE_SECONDS,
        currentDate: clock.now(),
      });
      const { sub } = payload;
      if (typeof sub !== 'string' || sub === '') {
        throw new errors.JWTClaimValidationFailed('sub is no text', payload, 'sub');
      }
      const authentication = toAuthentication(sub, payload['roles']);
      this.#remember(digest, authentication, payload.exp ?? 0);
      return authentication;
    } catch (error) {
      return { principal: null, refusal: this.#refusal(error) };
    }
  }

  #remember(digest: string, authentication: Authentication, expiresAtSeconds: number): void {
    const ends = (expiresAtSeconds + TOLERANCE_SECONDS) * SECOND;
    const since = this.options.clock.now();
    const until = new Date(Math.min(ends, plus(since, REMEMBERED_MS).getTime()));
    this.#remembered.set(digest, { authentication, since, until });
  }

  #refusal(error: unknown): AppError {
    const { logger } = this.options;
    if (error instanceof errors.JOSEError) {
      const claim = 'claim' in error ? error.claim : null;
      logger.info({ event: 'auth.token_refused', reason: error.code, claim }, 'a token was refused');
      const hasExpired = error instanceof errors.JWTExpired;
      return new AppError('UNAUTHENTICATED', `The token ${hasExpired ? 'has expired' : 'is not valid'}.`, {
        userAction: 'Sign in again and send the new token.',
        ...(hasExpired ? { reason: 'token_expired' } : {}),
      });
    }
    if (error instanceof KeysUnavailableError) return cannotCheck(error.id, error.retryAfterSeconds);
    // A key of the provider's that cannot be used, for example.
    const id = randomUUID();
    logger.error({ err: error, errorId: id }, 'a token could not be checked');
    return cannotCheck(id, REMEMBERED_MS / SECOND);
  }
}

/** Whether a bearer is meant as a JWT: three parts, of which the first is a header. */
export function looksLikeToken(bearer: string): boolean {
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(bearer)) return false;
  try {
    decodeProtectedHeader(bearer);
    return true;
  } catch {
    return false; // Three parts of something else.
  }
}

function toAuthentication(subject: string, claim: unknown): Authentication {
  const claimed = rolesIn(claim);
  const [role, ...others] = ROLES.filter((one) => claimed.includes(one));
  if (role !== undefined) {
    return { principal: { roles: [role, ...others], name: nameOf(subject) }, refusal: null };
  }
  const refusal = new AppError('FORBIDDEN', 'The token has no role that this server knows.', {
    userAction: 'Ask whoever manages the identity provider for the role admin or service.',
  });
  return { principal: null, refusal };
}

/** A list, or one text as providers write scopes: with spaces or commas between. */
function rolesIn(claim: unknown): readonly unknown[] {
  if (typeof claim === 'string') return claim.split(/[\s,]+/);
  return Array.isArray(claim) ? claim : [];
}

function nameOf(subject: string): string {
  if (PLAIN_SUBJECT.test(subject)) return subject;
  return `sha256:${createHash('sha256').update(subject, 'utf8').digest('hex').slice(0, 32)}`;
}

/** The caller is not to blame, and the same token may do in a moment. */
function cannotCheck(id: string, retryAfterSeconds: number): AppError {
  return new AppError('INTERNAL_SERVER_ERROR', 'The token cannot be checked right now.', {
    id,
    retryable: true,
    retryAfterSeconds,
    userAction: 'Try again in a moment; if this comes back, tell the operator the id.',
  });
}
