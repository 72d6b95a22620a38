import { hash, timingSafeEqual } from 'node:crypto';
import type { NamedKey } from '../config.js';
import { AppError } from '../errors.js';
import type { Authentication, Principal, Role } from '../request-context.js';

const NOBODY: Authentication = { principal: null, refusal: null };

/** Tells who sends a request, by API keys. Only hashes are kept of them, and what an open connection has sent. */
export class ApiKeys {
  readonly #keys: ReadonlyArray<{ readonly digest: Buffer; readonly principal: Principal }>;

  /** What each open connection has sent last, and who that was: most send the same again. */
  readonly #last = new WeakMap<
    object,
    { readonly header: Buffer; readonly authentication: Authentication }
  >();

  constructor(keys: Readonly<Record<Role, readonly NamedKey[]>>) {
    this.#keys = (['admin', 'service'] as const).flatMap((role) =>
      keys[role].map(({ name, key }) => ({
        digest: digest(key.reveal()),
        principal: { roles: [role], name },
      })),
    );
  }

  /**
   * Reads `Authorization: Bearer <key>` (RFC 6750 section 2.1). A header of another form counts as an invalid
   * key: nobody sends one without meaning to be somebody.
   *
   * @param connection the one that it came by
   */
  authenticate(authorization: string | undefined, connection: object): Authentication {
    if (authorization === undefined) return NOBODY;
    const last = this.#last.get(connection);
    const header = Buffer.from(authorization, 'latin1');
    if (last?.header.length === header.length && timingSafeEqual(last.header, header)) {
      return last.authentication;
    }
    const authentication = this.#compare(authorization);
    if (authentication.principal !== null) this.#last.set(connection, { header, authentication });
    return authentication;
  }

  #compare(authorization: string): Authentication {
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
