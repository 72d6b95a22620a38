import { AppError } from '../errors.js';
import type { LoginFlow } from '../login-flow.js';
import { MetaError } from '../meta/meta-error.js';
import type { Meta } from '../meta/meta.js';
import { fetchPageProfile, type PageProfile } from '../meta/page-profile.js';
import { patient } from '../meta/patience.js';
import { refreshLongLivedToken } from '../meta/refresh-access-token.js';
import { HOUR, SECOND, plus, type Clock } from '../time.js';
import { climb, LadderError } from './ladder/climb.js';
import type { Climbed, ObtainedToken } from './ladder/ladder-start.js';
import type { StepReport } from './ladder/step-report.js';
import { askTokenEnd, longLivedExpiry } from './ladder/token-expiry.js';
import type { StoredToken } from './probe-token.js';
import type { TokenEnd } from './token-state.js';

/** Meta renews no long-lived token that is younger. */
const MINIMUM_AGE_MS = 24 * HOUR;

export interface RenewableToken extends StoredToken {
  readonly flow: LoginFlow;
  readonly issuedAt: Date;
  /** Null for a token that never expires. */
  readonly expiresAt: Date | null;
  readonly professionalAccountId: string | null;
  readonly grantedScopes: readonly string[] | null;
  /** The steps by which it was obtained. */
  readonly steps: readonly StepReport[];
}

/**
 * What became of a renewal:
 * - `renewed`: another 60 days
 * - `climbed`: the ladder was climbed again; the token may be a better one or the same
 * - `answers`: there is nothing to renew, and the token works
 * - `failed`: with what that means for the token (`end`: null when it may still be good)
 */
export type Renewal =
  | { readonly result: 'renewed'; readonly token: ObtainedToken }
  | { readonly result: 'climbed'; readonly climbed: Climbed }
  | { readonly result: 'answers'; readonly profile: PageProfile }
  | { readonly result: 'failed'; readonly error: AppError; readonly end: TokenEnd | null };

export interface RenewalEnvironment {
  readonly meta: Meta;
  readonly clock: Clock;
  readonly requestedScopes: readonly string[];
}

/**
 * Renews a token by its kind: a page token is probed, a long-lived one gets another 60 days, a short-lived one
 * climbs the ladder again.
 *
 * @throws AppError RATE_LIMITED for a long-lived token that is younger than 24 hours; Meta is not asked
 */
export async function renewToken(token: RenewableToken, environment: RenewalEnvironment): Promise<Renewal> {
  const { clock } = environment;
  const meta: Meta = { ...environment.meta, client: patient(environment.meta.client, clock) };
  try {
    switch (token.kind) {
      case 'PAGE':
        return await probePage(token, meta);
      case 'LONG_LIVED':
        requireAge(token, clock.now());
        return { result: 'renewed', token: await refresh(token, meta, environment.meta) };
      case 'SHORT_LIVED':
        return { result: 'climbed', climbed: await climbAgain(token, environment) };
    }
  } catch (error) {
    const failure =
      error instanceof MetaError
        ? error.toAppError('renewal')
        : error instanceof LadderError
          ? error.error
          : null;
    if (failure === null) throw error;
    return { result: 'failed', error: failure, end: endAfter(failure, token, clock.now()) };
  }
}

async function probePage(token: RenewableToken, meta: Meta): Promise<Renewal> {
  const profile = token.pageId === null ? null : await fetchPageProfile(meta, token.pageId, token.value);
  if (profile !== null) return { result: 'answers', profile };
  const error = new AppError(
    'PAGE_NOT_LINKED',
    'The Facebook Page has no linked Instagram account any more.',
    {
      step: 'renewal',
    },
  );
  return { result: 'failed', error, end: null };
}

async function refresh(token: RenewableToken, meta: Meta, hastyMeta: Meta): Promise<ObtainedToken> {
  const fresh = await refreshLongLivedToken(meta, token.value);
  const end = fresh.expiresInSeconds === null ? await askTokenEnd(hastyMeta, fresh.value) : null;
  return {
    value: fresh.value,
    kind: 'LONG_LIVED',
    issuedAt: fresh.receivedAt,
    expiresAt: longLivedExpiry(fresh, end),
  };
}

function climbAgain(token: RenewableToken, environment: RenewalEnvironment): Promise<Climbed> {
  return climb(
    {
      flow: token.flow,
      token: token.value,
      issuedAt: token.issuedAt,
      expiresAt: token.expiresAt ?? token.issuedAt,
      grantedScopes: token.grantedScopes,
      professionalAccountId: token.professionalAccountId,
      steps: token.steps.filter(({ step }) => step === 'code_exchange'),
    },
    environment,
  );
}

function requireAge({ issuedAt }: RenewableToken, now: Date): void {
  const waitMs = issuedAt.getTime() + MINIMUM_AGE_MS - now.getTime();
  if (waitMs <= 0) return;
  throw new AppError('RATE_LIMITED', 'Meta renews no token that is younger than 24 hours.', {
    retryAfterSeconds: Math.ceil(waitMs / SECOND),
    userAction: 'Nothing needs to be done: the token is fresh. Try again when it is a day old.',
  });
}

/** What a refusal says about the token: only Meta's clear word ends it. */
function endAfter(error: AppError, token: RenewableToken, now: Date): TokenEnd | null {
  const { meta } = error.details;
  if (error.code !== 'REAUTHORIZATION_REQUIRED' || meta === undefined) return null;
  if (meta.code === 102 || meta.subcode === 463) return 'EXPIRED';
  // Meta's short-lived tokens live for an hour, however long we let them count.
  const lifeEndsAt = token.kind === 'SHORT_LIVED' ? plus(token.issuedAt, HOUR) : token.expiresAt;
  return meta.subcode === null && lifeEndsAt !== null && lifeEndsAt <= now ? 'EXPIRED' : 'REVOKED';
}
