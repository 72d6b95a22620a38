import { AppError } from '../../errors.js';
import type { LoginFlow } from '../../login-flow.js';
import type { AccessToken } from '../../meta/access-token.js';
import { exchangeFacebookToken } from '../../meta/fb-exchange-token.js';
import { exchangeInstagramToken } from '../../meta/ig-exchange-token.js';
import type { MetaError } from '../../meta/meta-error.js';
import type { Meta } from '../../meta/meta.js';
import { patient } from '../../meta/patience.js';
import type { Clock } from '../../time.js';
import type { Climbed, LadderStart, ObtainedToken } from './ladder-start.js';
import { findOwner, profileOfOwner } from './owner.js';
import { takePageRung } from './page-rung.js';
import { isBasicScopeMissing, requireBasicScope } from './scopes.js';
import { StepLog } from './step-log.js';
import type { StepName, StepReport } from './step-report.js';
import { askTokenExpiry, longLivedExpiry } from './token-expiry.js';

export interface ClimbEnvironment {
  readonly meta: Meta;
  readonly clock: Clock;
  /** The scopes that the authorization URL asked for. */
  readonly requestedScopes: readonly string[];
}

/** No step led to a token that can be stored; carries what happened at each step. */
export class LadderError extends Error {
  override readonly name = 'LadderError';

  constructor(
    readonly error: AppError,
    readonly steps: readonly StepReport[],
  ) {
    super(error.message);
  }
}

/** The steps of each flow after the code exchange. */
export const flowSteps: Readonly<Record<LoginFlow, readonly StepName[]>> = {
  moca: ['fb_exchange_token', 'page_token', 'ig_exchange_token', 'profile'],
  instagram: ['ig_exchange_token', 'profile'],
  facebook: ['fb_exchange_token', 'page_token', 'profile'],
};

/**
 * Betters a short-lived token as far as Meta lets us, and finds out whose it is.
 *
 * - `moca`: fb_exchange_token → page_token + business profile; (either fails) ig_exchange_token → profile by
 *   `/me`, with the first of the 60-day Instagram token, the 60-day Facebook token and the short-lived one
 *   that `/me` accepts
 * - `instagram`: ig_exchange_token → (or else with the short-lived token) profile by `/me`
 * - `facebook`: fb_exchange_token (required) → page_token + business profile (required)
 *
 * @throws LadderError when no token with a profile was found, or a required step failed
 */
export async function climb(start: LadderStart, environment: ClimbEnvironment): Promise<Climbed> {
  const log = new StepLog(environment.clock, start.steps);
  const steps = flowSteps[start.flow];
  try {
    requireBasicScope(environment.requestedScopes, start.grantedScopes, 'code_exchange');
    const page = steps.includes('page_token') ? await climbToPage(start, environment, log) : null;
    const climbed =
      page?.climbed ??
      (await climbWithoutPage(start, environment, log, page?.userToken ?? null, page?.failures ?? []));
    return { ...climbed, steps: log.reports(steps) };
  } catch (error) {
    if (error instanceof AppError) throw new LadderError(error, log.reports(steps));
    throw error;
  }
}

type Rung = Omit<Climbed, 'steps'>;

interface PageOutcome {
  readonly climbed: Rung | null;
  /** The 60-day Facebook token, if it came that far. */
  readonly userToken: AccessToken | null;
  readonly failures: readonly AppError[];
}

/** fb_exchange_token → page_token + business profile. */
async function climbToPage(
  start: LadderStart,
  environment: ClimbEnvironment,
  log: StepLog,
): Promise<PageOutcome> {
  const { clock, requestedScopes } = environment;
  const exchanged = await log.take('fb_exchange_token', () =>
    exchangeFacebookToken(patiently(environment), start.token),
  );
  if (!exchanged.ok) {
    requireFallBack(start.flow, exchanged.error);
    return { climbed: null, userToken: null, failures: [exchanged.error] };
  }
  const userToken = exchanged.value;
  const page = await log.take(
    'page_token',
    () =>
      takePageRung(patiently(environment), clock, log, {
        userToken: userToken.value,
        requestedScopes,
        grantedScopes: start.grantedScopes,
        professionalAccountId: start.professionalAccountId,
      }),
    ({ others }) => (others.length === 0 ? null : `Also linked: ${others.join(', ')}.`),
  );
  if (!page.ok) {
    if (isBasicScopeMissing(page.error)) throw page.error;
    requireFallBack(start.flow, page.error);
    return { climbed: null, userToken, failures: [page.error] };
  }
  const { token, profile, grantorId, grantedScopes } = page.value;
  return {
    climbed: {
      token: { value: token, kind: 'PAGE', issuedAt: clock.now(), expiresAt: null },
      profile,
      grantorId,
      grantedScopes,
    },
    userToken,
    failures: [],
  };
}

/** ig_exchange_token → profile by `/me`, with whatever token is accepted. */
async function climbWithoutPage(
  start: LadderStart,
  environment: ClimbEnvironment,
  log: StepLog,
  userToken: AccessToken | null,
  earlier: readonly AppError[],
): Promise<Rung> {
  const exchanged = await log.take('ig_exchange_token', () =>
    exchangeInstagramToken(patiently(environment), start.token),
  );
  const candidates: Candidate[] = [
    ...(exchanged.ok ? [{ value: exchanged.value.value, longLived: exchanged.value }] : []),
    ...(userToken === null ? [] : [{ value: userToken.value, longLived: userToken }]),
    { value: start.token, longLived: null },
  ];
  const owner = await log.take(
    'profile',
    () => findOwner(patiently(environment), candidates, start),
    ({ refusals }) => lesserToken(refusals),
  );
  if (!owner.ok) throw decisiveFailure(start, earlier, exchanged.error, owner.error);
  const { me, candidate, refusals } = owner.value;
  // A 60-day token that Meta gave a moment ago, and about which `/me` only could not be asked, is as good as the
  // one that was accepted: both come from one code.
  const isUntried = exchanged.ok && refusals[0]?.errorClass === 'transient';
  return {
    token: await obtained((isUntried ? candidates[0] : null) ?? candidate, start, environment.meta),
    profile: profileOfOwner(me),
    grantorId: me.id,
    grantedScopes: start.grantedScopes,
  };
}

/** Why the profile was read with a lesser token than there was, if it was. */
function lesserToken(refusals: readonly MetaError[]): string | null {
  if (refusals.length === 0) return null;
  const unanswered = refusals.filter(({ errorClass }) => errorClass === 'transient').length;
  const refused = refusals.length - unanswered;
  const reasons = [
    ...(refused === 0 ? [] : [`${refused} had been refused`]),
    ...(unanswered === 0 ? [] : [`${unanswered} could not be tried`]),
  ];
  return `Read with a lesser token, after ${reasons.join(' and ')}.`;
}

interface Candidate {
  readonly value: LadderStart['token'];
  /** Null for the token that the ladder began with. */
  readonly longLived: AccessToken | null;
}

async function obtained(candidate: Candidate, start: LadderStart, meta: Meta): Promise<ObtainedToken> {
  const { value, longLived } = candidate;
  if (longLived === null) {
    return { value, kind: 'SHORT_LIVED', issuedAt: start.issuedAt, expiresAt: start.expiresAt };
  }
  const end = longLived.expiresInSeconds === null ? await askTokenExpiry(meta, longLived.value) : null;
  return {
    value,
    kind: 'LONG_LIVED',
    issuedAt: longLived.receivedAt,
    expiresAt: longLivedExpiry(longLived, end),
  };
}

/** @throws AppError `error` itself, where the flow has nothing to fall back to */
function requireFallBack(flow: LoginFlow, error: AppError): void {
  if (!flowSteps[flow].includes('ig_exchange_token')) throw error;
}

/**
 * The failure to tell when no token was accepted: the one that may pass first, because then the whole ladder is
 * worth another try; else why there is no page, if it came that far; else why there is no profile.
 */
function decisiveFailure(
  { mustProveAccount: isFresh }: LadderStart,
  earlier: readonly AppError[],
  exchange: AppError | null,
  profile: AppError,
): AppError {
  if (profile.code === 'NOT_PROFESSIONAL_ACCOUNT') return profile;
  // The picked account may be that of a page which could not be reached just now.
  if (profile.code === 'BAD_USER_INPUT') return firstToPass(earlier) ?? profile;
  const all = [...earlier, ...(exchange === null ? [] : [exchange]), profile];
  // A fresh token of which no exchange wanted to know, and that `/me` cannot even read, is one for the step that failed
  // before: there the reason is. One that has worked before has come to its end.
  const isUnreadable = profile.details.meta?.code === 190 && profile.details.meta.subcode === null;
  if (isFresh && exchange !== null && isUnreadable) {
    const reason = earlier.find(({ code }) => code === 'APP_MISCONFIGURED' || code === 'META_BAD_RESPONSE');
    if (reason !== undefined) return firstToPass(all) ?? reason;
  }
  const pageFailure = earlier.find(
    ({ details }) => details.step === 'page_token' || details.step === 'profile',
  );
  return firstToPass(all) ?? pageFailure ?? profile;
}

/** A host that Meta has closed for hours is no reason to wait for so long where another one is asked as well. */
function firstToPass(failures: readonly AppError[]): AppError | undefined {
  const waitSeconds = ({ details }: AppError): number => details.retryAfterSeconds ?? 0;
  return failures
    .filter(({ retryable }) => retryable)
    .toSorted((one, other) => waitSeconds(one) - waitSeconds(other))[0];
}

/** Each step has a patience of its own, made when the step begins. */
function patiently({ meta, clock }: ClimbEnvironment): Meta {
  return { ...meta, client: patient(meta.client, clock) };
}
