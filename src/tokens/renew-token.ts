import { AppError } from '../errors.js';
import type { LoginFlow } from '../login-flow.js';
import { fetchInstagramMe } from '../meta/instagram-me.js';
import type { InspectedExpiry } from '../meta/debug-token.js';
import { MetaError } from '../meta/meta-error.js';
import type { Meta } from '../meta/meta.js';
import { fetchPageProfile } from '../meta/page-profile.js';
import { patient } from '../meta/patience.js';
import { refreshLongLivedToken } from '../meta/refresh-access-token.js';
import { SECOND, plus, type Clock } from '../time.js';
import { climb, LadderError } from './ladder/climb.js';
import type { Climbed, ObtainedToken } from './ladder/ladder-start.js';
import type { StepReport } from './ladder/step-report.js';
import { askTokenExpiry, longLivedExpiry } from './ladder/token-expiry.js';
import { CallsEndedError } from './leased-calls.js';
import { isOwnProfile, type StoredToken } from './probe-token.js';
import { MINIMUM_AGE_MS, SHORT_LIFE_MS } from './refresh-schedule.js';

export interface RenewableToken extends StoredToken {
  readonly flow: LoginFlow;
  readonly issuedAt: Date;
  /** Null for a token that never expires. */
  readonly expiresAt: Date | null;
  readonly grantedScopes: readonly string[] | null;
  /** The steps by which it was obtained. */
  readonly steps: readonly StepReport[];
}

/**
 * What became of a renewal:
 * - `renewed`: another 60 days
 * - `climbed`: the ladder was climbed again; the token may be a better one or the same
 * - `answers`: there is nothing to renew, and the token works
 * - `failed`: see `failure-policy.ts` for what that means
 */
export type Renewal =
  | { readonly result: 'renewed'; readonly token: ObtainedToken; readonly profile: RenewedProfile | null }
  | { readonly result: 'climbed'; readonly climbed: Climbed }
  | { readonly result: 'answers'; readonly profile: RenewedProfile }
  | { readonly result: 'failed'; readonly error: AppError };

/** What a renewal reads anew: names and pictures go stale. */
export interface RenewedProfile {
  readonly username: string;
  readonly name: string | null;
  readonly profilePictureUrl: string | null;
}

export interface RenewalEnvironment {
  readonly meta: Meta;
  readonly clock: Clock;
  readonly requestedScopes: readonly string[];
}

/**
 * Renews a token by its kind: a page token is probed, a long-lived one gets another 60 days, a short-lived one
 * climbs the ladder again, after a probe when its hour is over.
 */
export async function renewToken(token: RenewableToken, environment: RenewalEnvironment): Promise<Renewal> {
  const { clock } = environment;
  const meta: Meta = { ...environment.meta, client: patient(environment.meta.client, clock) };
  try {
    switch (token.kind) {
      case 'PAGE':
        return await probePage(token, meta);
      case 'LONG_LIVED':
        return await refresh(token, meta, environment.meta);
      case 'SHORT_LIVED':
        if (plus(token.issuedAt, SHORT_LIFE_MS) <= clock.now()) await fetchInstagramMe(meta, token.value);
        return { result: 'climbed', climbed: await climbAgain(token, environment) };
    }
  } catch (error) {
    if (error instanceof MetaError) return { result: 'failed', error: error.toAppError('renewal') };
    if (error instanceof LadderError) return { result: 'failed', error: error.error };
    throw error;
  }
}

/**
 * Meta refuses to renew a younger token, and says so unclearly: it is not asked.
 *
 * @throws AppError RATE_LIMITED for a long-lived token that is younger than 24 hours
 */
export function requireAge({ kind, issuedAt }: Pick<RenewableToken, 'kind' | 'issuedAt'>, now: Date): void {
  const waitMs = issuedAt.getTime() + MINIMUM_AGE_MS - now.getTime();
  if (kind !== 'LONG_LIVED' || waitMs <= 0) return;
  throw new AppError('RATE_LIMITED', 'Meta renews no token that is younger than 24 hours.', {
    retryAfterSeconds: Math.ceil(waitMs / SECOND),
    userAction: 'Nothing needs to be done: the token is fresh. Try again when it is a day old.',
  });
}

async function probePage(token: RenewableToken, meta: Meta): Promise<Renewal> {
  const profile = token.pageId === null ? null : await fetchPageProfile(meta, token.pageId, token.value);
  if (profile !== null && isOwnProfile(profile, token)) return { result: 'answers', profile };
  const error = new AppError(
    'PAGE_NOT_LINKED',
    profile === null
      ? 'The Facebook Page has no linked Instagram account any more.'
      : 'The Facebook Page is linked to another Instagram account now.',
    { step: 'renewal' },
  );
  return { result: 'failed', error };
}

async function refresh(token: RenewableToken, meta: Meta, hastyMeta: Meta): Promise<Renewal> {
  // First, with the old token: nothing may stand between the new one and its commit.
  const profile = await readProfile(hastyMeta, token.value);
  const fresh = await refreshLongLivedToken(meta, token.value);
  const end = fresh.expiresInSeconds === null ? await askEndAtMost(hastyMeta, fresh.value) : null;
  return {
    result: 'renewed',
    token: {
      value: fresh.value,
      kind: 'LONG_LIVED',
      issuedAt: fresh.receivedAt,
      expiresAt: longLivedExpiry(fresh, end),
    },
    profile,
  };
}

/** The new token is written down in any case: also when no further call may be made. */
async function askEndAtMost(meta: Meta, token: RenewableToken['value']): Promise<InspectedExpiry> {
  try {
    return await askTokenExpiry(meta, token);
  } catch (error) {
    if (error instanceof CallsEndedError) return null;
    throw error;
  }
}

/**
 * Only good to have: what a refusal means for the token is seen by the renewal itself. Only a limit ends the
 * renewal: asking on prolongs it.
 */
async function readProfile(meta: Meta, token: RenewableToken['value']): Promise<RenewedProfile | null> {
  try {
    const { username, name, profilePictureUrl } = await fetchInstagramMe(meta, token);
    return { username, name, profilePictureUrl };
  } catch (error) {
    if (error instanceof MetaError && error.errorClass !== 'rate_limit') return null;
    throw error;
  }
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
      mustProveAccount: false,
      steps: token.steps.filter(({ step }) => step === 'code_exchange'),
    },
    environment,
  );
}
