import { plus } from '../time.js';
import { LONG_TOKEN_LIFETIME_MS, SHORT_TOKEN_LIFETIME_MS } from './lifetimes.js';
import type { Person } from './people.js';
import type { Platform } from './platform.js';
import { tokenFamily } from './instagram/code-exchange.js';
import { knownScopes } from './scopes.js';
import type { Grant } from './tokens.js';

/** A token with whose it is. */
export interface GrantedToken {
  readonly value: string;
  readonly person: Person;
  /** Null for a token that is not a page's. */
  readonly pageId: string | null;
}

/** Mints what a consent and the calls after it would have led to. */
export function grantToken(
  platform: Platform,
  personId: string,
  kind: 'short' | 'long' | 'page',
): GrantedToken {
  const person = platform.people.find('documented', personId);
  if (person === null) throw new TypeError(`"${personId}" is no persona's id.`);
  const now = platform.clock.now();
  const grant: Grant = {
    person,
    consentedAt: now,
    granted: new Set(knownScopes.documented),
    declined: new Set(),
  };
  const mint = (family: 'IGAA' | 'EAA', isLongLived: boolean) =>
    platform.tokens.mint({
      family,
      kind: 'user',
      grant,
      pageId: null,
      isLongLived,
      issuedAt: now,
      expiresAt: plus(now, isLongLived ? LONG_TOKEN_LIFETIME_MS : SHORT_TOKEN_LIFETIME_MS),
    });
  if (kind !== 'page') {
    const isLong = kind === 'long';
    return { value: mint(isLong ? 'IGAA' : tokenFamily(person), isLong).value, person, pageId: null };
  }
  const page = person.pages.find(({ account }) => account !== null);
  if (page === undefined) throw new TypeError(`${personId} has no linked page.`);
  return { value: platform.tokens.pageToken(mint('EAA', true), page.id, now).value, person, pageId: page.id };
}
