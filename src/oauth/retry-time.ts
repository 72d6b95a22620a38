import type { AppError } from '../errors.js';
import { MINUTE, SECOND, jittered, plus } from '../time.js';

const FIRST_DELAY_MS = 5 * SECOND;
const LONGEST_DELAY_MS = 5 * MINUTE;

/**
 * When an attempt that was put off is taken up again: when Meta said, else 5 s, 10 s, 20 s … up to 5 minutes,
 * ±20 %.
 */
export function retryTime(error: AppError, postponements: number, now: Date): Date {
  const { retryAfterSeconds } = error.details;
  if (retryAfterSeconds !== undefined) return plus(now, retryAfterSeconds * SECOND);
  const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** postponements);
  return plus(now, jittered(delay));
}
