import { DAY } from '../time.js';

/**
 * The day on which each Graph API version ends; later calls are served by the next one, silently.
 *
 * @see https://developers.facebook.com/docs/graph-api/changelog/versions
 */
const USABLE_UNTIL: ReadonlyMap<string, string> = new Map([
  ['v19.0', '2026-05-21'],
  ['v20.0', '2026-09-24'],
  ['v21.0', '2027-01-21'],
  ['v22.0', '2027-05-20'],
  ['v23.0', '2027-10-08'],
  ['v24.0', '2028-02-18'],
  ['v25.0', '2028-07-29'],
]);

/** A warning for a version that ends within 90 days or has ended; null for one that does not, or is not known. */
export function graphVersionWarning(version: string, now: Date): string | null {
  const until = USABLE_UNTIL.get(version);
  if (until === undefined) return null;
  const daysLeft = Math.ceil((Date.parse(until) - now.getTime()) / DAY);
  if (daysLeft > 90) return null;
  return daysLeft > 0
    ? `Graph API ${version} ends on ${until} (days left: ${daysLeft}). Set META_GRAPH_VERSION to a newer one.`
    : `Graph API ${version} ended on ${until}; Meta answers with a newer one. Set META_GRAPH_VERSION.`;
}
