import { regainTime } from './regain-time.js';

/** One answer names the few businesses that it is about. */
const MOST_BUSINESSES = 50;

/** How much of what Meta allows is used up, as an answer's headers say; mostly they say nothing. */
export interface Usage {
  /** Of the app's calls within a rolling hour, in percent: the highest of its three counts. */
  readonly appPercent: number | null;
  readonly business: readonly BusinessUsage[];
}

interface BusinessUsage {
  /** Of a business or an account. */
  readonly id: string;
  readonly percent: number;
  /** Milliseconds until Meta takes calls again; 0 while it does. */
  readonly regainMs: number;
}

const COUNTS = ['call_count', 'total_time', 'total_cputime'];

/**
 * Reads `X-App-Usage` and `X-Business-Use-Case-Usage`. What cannot be read says nothing.
 *
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 */
export function readUsage(appUsage: string | null, businessUseCaseUsage: string | null): Usage {
  const app = parseObject(appUsage);
  return {
    appPercent: app === null ? null : highest(app),
    business: Object.entries(parseObject(businessUseCaseUsage) ?? {})
      .filter(([id]) => /^[\w-]{1,64}$/.test(id))
      .slice(0, MOST_BUSINESSES)
      .map(([id, entries]) => businessUsage(id, entries)),
  };
}

/** Documented as a list of one entry for each use case, and seen as a single entry. */
function businessUsage(id: string, entries: unknown): BusinessUsage {
  const uses = (Array.isArray(entries) ? entries : [entries]).filter(isObject);
  return {
    id,
    percent: Math.max(0, ...uses.map(highest)),
    regainMs: regainTime(JSON.stringify(entries), null) ?? 0,
  };
}

function highest(use: Record<string, unknown>): number {
  return Math.max(0, ...COUNTS.map((name) => toNumber(use[name])));
}

function toNumber(value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : 0;
}

function parseObject(header: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(header ?? 'null');
    return isObject(value) ? value : null;
  } catch {
    return null; // A header that we cannot read says nothing; a refusal itself still counts.
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
