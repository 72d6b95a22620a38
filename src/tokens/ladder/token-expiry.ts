import type { AccessToken } from '../../meta/access-token.js';
import { fetchTokenExpiry, type InspectedExpiry } from '../../meta/debug-token.js';
import { MetaError } from '../../meta/meta-error.js';
import type { Meta } from '../../meta/meta.js';
import { orMetaError } from '../../meta/or-error.js';
import type { Secret } from '../../secret.js';
import { DAY, HOUR, SECOND, plus } from '../../time.js';

/** What is recorded for a short-lived token. Meta's own documents say one hour. */
const SHORT_LIVED_MS = 2 * HOUR;

/** What Meta documents for a long-lived token, for an answer that does not say. */
const LONG_LIVED_MS = 60 * DAY;

/** When a short-lived token that was received at `receivedAt` counts as expired. */
export function shortLivedExpiry(receivedAt: Date): Date {
  return plus(receivedAt, SHORT_LIVED_MS);
}

/**
 * When a long-lived token ends: as the exchange said, else as `debug_token` said (`end`), else after 60 days.
 * Null for one that never ends.
 */
export function longLivedExpiry(token: AccessToken, end: InspectedExpiry): Date | null {
  if (token.expiresInSeconds !== null) return plus(token.receivedAt, token.expiresInSeconds * SECOND);
  if (end === 'never') return null;
  // An end that is over contradicts an exchange that has just succeeded: it says nothing.
  return end !== null && end > token.receivedAt ? end : plus(token.receivedAt, LONG_LIVED_MS);
}

/** Asks Meta for the end of a token whose exchange did not tell; null when Meta does not say it here either. */
export async function askTokenExpiry(meta: Meta, token: Secret): Promise<InspectedExpiry> {
  const end = await orMetaError(fetchTokenExpiry(meta, token));
  return end instanceof MetaError ? null : end;
}
