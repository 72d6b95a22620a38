import type { AppError } from '../errors.js';
import { isLimitOfApp } from '../meta/limits.js';
import { DAY, HOUR, MINUTE, SECOND, jittered, plus } from '../time.js';
import { nextRefresh, SHORT_LIFE_MS, type ScheduledToken } from './refresh-schedule.js';
import type { TokenEnd } from './token-state.js';

const LONGEST_BACKOFF_MS = 6 * HOUR;
/** A refusal that nobody understands ends a token only when it has stood for so long. */
export const UNKNOWN_ENDS_AFTER_MS = 4 * DAY;

/**
 * What a failed renewal says, by our class and never by its HTTP status:
 * - `dead`: Meta says clearly that the token is no longer valid
 * - `passing`: the same call may work later
 * - `limited`: not before the regain time
 * - `ours`: the app, or what it may do, has to be mended; nothing that the person did
 * - `permission`: a permission is missing, or the page has no linked account
 * - `unknown`: an answer that we cannot read
 */
type FailureClass = 'dead' | 'passing' | 'limited' | 'ours' | 'permission' | 'unknown';

/** What is remembered of earlier failures; a success wipes it. */
interface FailureRecord {
  /** Failures in a row. */
  readonly count: number;
  /** Since when every answer has been of a kind that we cannot read. */
  readonly unknownSince: Date | null;
}

export interface FailureVerdict {
  readonly failureClass: FailureClass;
  /** Null when the token may still be good. */
  readonly end: Exclude<TokenEnd, 'DISCONNECTED'> | null;
  /** When to try again; null for never. */
  readonly nextAt: Date | null;
  readonly failures: FailureRecord;
  /** Whether many accounts with such a failure mean that the app is at fault, or Meta, and not they. */
  readonly countsForBreaker: boolean;
}

export interface FailureFacts {
  readonly error: AppError;
  readonly token: ScheduledToken;
  readonly failures: FailureRecord;
  /** Unknown answers from before then had another reason than the token. */
  readonly unknownCountsFrom: Date | null;
  readonly now: Date;
  /** From 0 to 1: spreads what failed together. */
  readonly random: number;
}

/** What a failed renewal or probe means for the token, and when to try again. */
export function judgeFailure(facts: FailureFacts): FailureVerdict {
  const { error, token, now } = facts;
  const count = facts.failures.count + 1;
  const failureClass = classOf(error);
  const backoff = backoffMs(count, facts.random);
  const verdict = {
    failureClass,
    end: null,
    nextAt: later(token, now, backoff),
    // Whatever can be read interrupts what cannot.
    failures: { count, unknownSince: null },
    countsForBreaker: false,
  };
  switch (failureClass) {
    case 'dead':
      return { ...verdict, end: endOf(error, token, now), nextAt: null };
    case 'passing':
    case 'ours':
      return { ...verdict, countsForBreaker: true };
    case 'limited': {
      const { retryAfterSeconds = 0, meta } = error.details;
      return {
        ...verdict,
        nextAt: plus(now, Math.max(retryAfterSeconds * SECOND, backoff)),
        countsForBreaker: isLimitOfApp(meta?.code ?? null),
      };
    }
    case 'permission':
      return { ...verdict, nextAt: later(token, now, DAY) };
    case 'unknown': {
      const unknownSince = facts.failures.unknownSince ?? now;
      const from =
        facts.unknownCountsFrom !== null && facts.unknownCountsFrom > unknownSince
          ? facts.unknownCountsFrom
          : unknownSince;
      const isOver = now.getTime() - from.getTime() >= UNKNOWN_ENDS_AFTER_MS;
      return {
        ...verdict,
        end: isOver ? 'REVOKED' : null,
        nextAt: isOver ? null : verdict.nextAt,
        failures: { count, unknownSince: from },
        countsForBreaker: true,
      };
    }
  }
}

/** 2, 4, 8 … minutes, at most 6 hours, each ±20 %. */
export function backoffMs(failures: number, random: number): number {
  const ms = Math.min(2 ** Math.min(failures, 20) * MINUTE, LONGEST_BACKOFF_MS);
  return jittered(ms, random);
}

function classOf(error: AppError): FailureClass {
  switch (error.code) {
    case 'META_UNAVAILABLE':
      return 'passing';
    case 'META_RATE_LIMITED':
      return 'limited';
    case 'REAUTHORIZATION_REQUIRED':
      return 'dead';
    case 'MISSING_PERMISSION':
    case 'PAGE_NOT_LINKED':
    case 'NOT_PROFESSIONAL_ACCOUNT':
      return 'permission';
    case 'APP_MISCONFIGURED':
    case 'APP_NOT_APPROVED':
    case 'REDIRECT_URI_MISMATCH':
      return 'ours';
    default:
      return 'unknown';
  }
}

/** A short-lived token has its own times: waiting longer than to the next of them would waste its hour. */
function later(token: ScheduledToken, now: Date, ms: number): Date | null {
  return token.kind === 'SHORT_LIVED' ? nextRefresh(token, now) : plus(now, ms);
}

/** 102 and 190/463 say "expired"; so does a 190 that gives no reason after the token's own time. */
function endOf({ details: { meta } }: AppError, token: ScheduledToken, now: Date): 'EXPIRED' | 'REVOKED' {
  if (meta?.code === 102 || meta?.subcode === 463) return 'EXPIRED';
  const lifeEndsAt = token.kind === 'SHORT_LIVED' ? plus(token.issuedAt, SHORT_LIFE_MS) : token.expiresAt;
  const isOver = lifeEndsAt !== null && lifeEndsAt <= now;
  return (meta?.subcode ?? null) === null && isOver ? 'EXPIRED' : 'REVOKED';
}
