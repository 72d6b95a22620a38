import { HOUR, MINUTE, SECOND } from '../time.js';

/** A longer wait than any of Meta's windows is garbage, and would stop us for good. */
const LONGEST_MS = 24 * HOUR;

/**
 * Milliseconds until Meta accepts calls again: the longest `estimated_time_to_regain_access` (minutes) of any
 * business use case, or `Retry-After` (seconds). Null when neither says anything.
 *
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 */
export function regainTime(businessUseCaseUsage: string | null, retryAfter: string | null): number | null {
  const minutes = Math.max(0, ...regainMinutes(businessUseCaseUsage ?? '{}'));
  const ms = minutes > 0 ? minutes * MINUTE : Number(retryAfter ?? Number.NaN) * SECOND;
  return ms > 0 ? Math.min(ms, LONGEST_MS) : null;
}

/** Documented as `{"<id>": [{…}]}`, and seen flatter: what counts is the name, wherever it stands. */
function regainMinutes(header: string): number[] {
  const minutes: number[] = [];
  try {
    JSON.parse(header, (key, value: unknown) => {
      if (key === 'estimated_time_to_regain_access' && Number.isFinite(Number(value)))
        minutes.push(Number(value));
      return value;
    });
  } catch {
    return []; // A header that we cannot read says nothing; the refusal itself still counts.
  }
  return minutes;
}
