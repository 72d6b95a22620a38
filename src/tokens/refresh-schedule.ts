import { DAY, MINUTE, plus } from '../time.js';
import { EXPIRING_SOON_MS } from './token-state.js';
import type { TokenKind } from './token-kind.js';

/** Meta renews no long-lived token that is younger: age counts from its issue. */
export const MINIMUM_AGE_MS = DAY;

/** Meta's short-lived tokens live for an hour, however long we let them count. */
export const SHORT_LIFE_MS = 60 * MINUTE;

/**
 * Minutes after its issue at which a short-lived token climbs the ladder again. From the seventh on its hour is
 * over: it is probed first.
 */
const CLIMBS_AFTER_MINUTES = [1, 5, 15, 30, 45, 55, 61, 75, 90, 105];

const PROBE_EVERY_MS = 7 * DAY;

/** A long-lived token is due at 45 to 55 % of its life. */
const LONG_LIVED_SHARE = { from: 0.45, spread: 0.1 };
/** A page token is probed up to a tenth of a week early. */
const PROBE_SHARE = { from: 0.9, spread: 0.1 };

export interface ScheduledToken {
  /** What the jitter is made of: the same account always gets the same. */
  readonly accountId: string;
  readonly kind: TokenKind;
  readonly issuedAt: Date;
  /** Null for a token that never expires. */
  readonly expiresAt: Date | null;
}

/**
 * When a token that works is to be renewed next, or probed; null when nothing more can be done for it.
 *
 * - `PAGE`: a week after `now`
 * - `LONG_LIVED`: at half of its life, never younger than 24 hours
 * - `SHORT_LIVED`: at the next of its times after `now`
 *
 * The jitter spreads accounts that were connected together.
 */
export function nextRefresh(token: ScheduledToken, now: Date): Date | null {
  const { kind, issuedAt, expiresAt } = token;
  const early = fraction(token.accountId);
  switch (kind) {
    case 'PAGE':
      return plus(now, Math.round(PROBE_EVERY_MS * (PROBE_SHARE.from + PROBE_SHARE.spread * early)));
    case 'LONG_LIVED': {
      if (expiresAt === null) return plus(now, PROBE_EVERY_MS);
      const life = expiresAt.getTime() - issuedAt.getTime();
      const age = Math.round(life * (LONG_LIVED_SHARE.from + LONG_LIVED_SHARE.spread * early));
      return plus(issuedAt, Math.max(age, MINIMUM_AGE_MS));
    }
    case 'SHORT_LIVED': {
      const times = CLIMBS_AFTER_MINUTES.map((minutes) => plus(issuedAt, minutes * MINUTE));
      return times.find((time) => time > now && (expiresAt === null || time < expiresAt)) ?? null;
    }
  }
}

/**
 * When time alone will change a token's state next: the alarm at 7 days left, which comes only after its
 * renewal was due, then its end. Null when it never will.
 */
export function nextStateCheck(token: ScheduledToken, now: Date): Date | null {
  const { kind, expiresAt } = token;
  if (expiresAt === null) return null;
  const alarm = kind === 'LONG_LIVED' ? alarmAt(token, expiresAt) : null;
  return alarm !== null && alarm > now ? alarm : expiresAt;
}

/** Whether the alarm has come: little is left, and the renewal should have been made long before. */
export function isAlarmed(token: ScheduledToken, now: Date): boolean {
  const { kind, expiresAt } = token;
  return kind === 'LONG_LIVED' && expiresAt !== null && alarmAt(token, expiresAt) <= now;
}

function alarmAt(token: ScheduledToken, expiresAt: Date): Date {
  const planned = nextRefresh(token, token.issuedAt);
  // One that lives less than a day ends before it may be renewed.
  const due = planned !== null && planned < expiresAt ? planned : expiresAt;
  const halfway = plus(due, (expiresAt.getTime() - due.getTime()) / 2);
  const weekLeft = plus(expiresAt, -EXPIRING_SOON_MS);
  return weekLeft > halfway ? weekLeft : halfway;
}

/** A number from 0 to 1 that belongs to the text (FNV-1a, 32 bits). */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash / 0x1_0000_0000;
}
