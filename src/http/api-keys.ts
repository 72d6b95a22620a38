import { hash, timingSafeEqual } from 'node:crypto';
import type { NamedKey } from '../config.js';
import { AppError } from '../errors.js';
import type { Authentication, Principal, Role } from '../request-context.js';

const NOBODY: Authentication = { principal: null, refusal: null };

/** Tells who sends a request, by API keys of which only hashes are kept. */
export class ApiKeys {
  readonly #keys: ReadonlyArray<{ readonly digest: Buffer; readonly principal: Principal }>;

  constructor(keys: Readonly<Record<Role, readonly NamedKey[]>>) {
    this.#keys = (['admin', 'service'] as const).flatMap((role) =>
      keys[role].map(({ name, key }) => ({ digest: digest(key.reveal()), principal: { role, name } })),
    );
  }

  /**
   * Reads `Authorization: Bearer <key>` (RFC 6750 section 2.1). A header of another form counts as an invalid
   * key: nobody sends one without meaning to be somebody.
   */
  authenticate(authorization: string | undefined): Authentication {
    if (authorization === undefined) return NOBODY;
    const key = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    const presented = digest(key ?? '');
    let principal: Principal | null = null;
    // Every key is compared, and only digests are: how long it takes tells nothing.
    for (const known of this.#keys) {
      if (timingSafeEqual(known.digest, presented)) principal = known.principal;
    }
    return principal === null
      ? { principal, refusal: new AppError('UNAUTHENTICATED', 'The API key is not valid.') }
      : { principal, refusal: null };
  }
}

function digest(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
