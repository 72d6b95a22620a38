import { MINUTE, plus } from '../time.js';
import type { MetaHosts } from './hosts.js';
import type { MetaError } from './meta-error.js';
import type { Usage } from './usage.js';

/** From this use on (percent of what Meta allows), only what a person waits for is asked. */
const BUSY_PERCENT = 95;
/** Uses count over a rolling hour: after this while they are looked at again. */
const BUSY_PAUSE_MS = 5 * MINUTE;
/** The app as each of the two Graph hosts knows it: its calls are counted, and its faults are, apart. */
export const metaApps = ['instagram', 'facebook'] as const;

export type MetaApp = (typeof metaApps)[number];

/** Whose calls wait: those of the app at one of the two Graph hosts, or those about one business or account. */
export type LimitScope = `app:${MetaApp}` | `business:${string}` | `account:${string}`;

/** The apps as limits name them. */
export const appScopes: readonly LimitScope[] = metaApps.map((app) => `app:${app}` as const);

/** Something that Meta is not to be asked for a while. */
export interface Limit {
  readonly scope: LimitScope;
  readonly until: Date;
  /** `background`: only what nobody waits for. */
  readonly blocks: 'background' | 'all';
  readonly reason: string;
}

/** Where limits are kept, for every process to obey them. */
export interface LimitKeeper {
  /**
   * Called before an answer is handed on, which does not wait for it: a first token is to be stored before
   * anything else is.
   */
  keep(limits: readonly Limit[]): Promise<void>;
}

const scopes = {
  instagramApi: 'app:instagram',
  instagramGraph: 'app:instagram',
  facebookGraph: 'app:facebook',
} as const satisfies Record<keyof MetaHosts, LimitScope>;

/** Whose calls a host counts. */
export function limitScopeOfHost(host: keyof MetaHosts): LimitScope {
  return scopes[host];
}

/**
 * What an answer says about how soon Meta may be asked again. A refusal that concerns one user, page or account
 * (17, 32, 613, 368, 80000 and on) is for the caller to keep: only it knows whose it is.
 *
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 */
export function limitsFrom(host: keyof MetaHosts, usage: Usage, error: MetaError | null, now: Date): Limit[] {
  const limits: Limit[] = [];
  const app = limitScopeOfHost(host);
  const busyUntil = plus(now, BUSY_PAUSE_MS);
  if (usage.appPercent !== null && usage.appPercent >= BUSY_PERCENT) {
    const reason = `The app uses ${Math.round(usage.appPercent)} % of its calls.`;
    limits.push({ scope: app, until: busyUntil, blocks: 'background', reason });
  }
  for (const { id, percent, regainMs } of usage.business) {
    const scope = `business:${id}` as const;
    if (regainMs > 0) {
      const reason = 'Meta says when it will take calls again.';
      limits.push({ scope, until: plus(now, regainMs), blocks: 'all', reason });
    } else if (percent >= BUSY_PERCENT) {
      const reason = `${Math.round(percent)} % of the calls are used.`;
      limits.push({ scope, until: busyUntil, blocks: 'background', reason });
    }
  }
  if (error?.regainMs != null && isLimitOfApp(error.meta.code)) {
    const until = plus(now, error.regainMs);
    limits.push({ scope: app, until, blocks: 'all', reason: error.message });
  }
  return limits;
}

/** Those that Meta itself has closed, to whoever waits as to background work. */
export function blockingAll(limits: readonly Limit[]): Limit[] {
  return limits.filter(({ blocks }) => blocks === 'all');
}

/** The limit that ends last; null for none. */
export function longestLimit(limits: readonly Limit[]): Limit | null {
  return limits.reduce<Limit | null>(
    (longest, limit) => (longest && longest.until >= limit.until ? longest : limit),
    null,
  );
}

/** 4 and 341 are the app's; an answer 429 without a number comes from before the API, and is as wide. */
export function isLimitOfApp(code: number | null): boolean {
  return code === null || code === 4 || code === 341;
}
