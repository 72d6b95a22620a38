import { accessSync, constants } from 'node:fs';
import { z } from 'zod';
import { isLoopback } from './config-values.js';
import { Secret } from './secret.js';

/** Where the database is. */
export type DatabaseLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  /** A URL that may hold a password. */
  | { readonly kind: 'postgresql'; readonly url: Secret };

/** What they mean: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION */
const SSL_MODES: readonly string[] = ['disable', 'require', 'verify-ca', 'verify-full'];

/** The value of `DATABASE_URL`: `sqlite:<path>`, or a URL as PostgreSQL's own clients take it. */
export const databaseUrl = z.string().transform((value, context): DatabaseLocation => {
  if (/^sqlite:./.test(value)) return { kind: 'sqlite', path: value.slice('sqlite:'.length) };
  const problem = problemOf(value);
  if (problem !== null) context.addIssue(problem);
  return { kind: 'postgresql', url: new Secret(value) };
});

/** What is wrong with a PostgreSQL URL, without a word of it. */
function problemOf(value: string): string | null {
  if (!/^postgres(ql)?:\/\//.test(value) || !URL.canParse(value)) {
    return 'must be sqlite:<path of a file> or postgresql://<user>:<password>@<one host>:<port>/<database>';
  }
  const { hostname, pathname, searchParams } = new URL(value);
  const host = searchParams.get('host') ?? hostname;
  const mode = searchParams.get('sslmode');
  if (host === '') return 'names no host';
  if (!/^\/[^/]+$/.test(pathname)) return 'names no database';
  // What stands behind such a password's slash would be taken, and shown, for the name of the database.
  if (pathname.includes('@')) return 'has an @ in its database: a / in a password is written %2F';
  if (searchParams.has('ssl')) return 'says ssl: say sslmode instead';
  if (mode === null) {
    // A host that is a path is a socket of this machine.
    const stays = isLoopback(host) || host.startsWith('/') || host.startsWith('%2F');
    return stays
      ? null
      : 'names another machine: say sslmode=verify-full, or sslmode=disable in a network that nobody else is in';
  }
  if (!SSL_MODES.includes(mode)) return `sslmode must be one of ${SSL_MODES.join(', ')}`;
  if (mode === 'verify-ca' && !searchParams.has('sslrootcert')) return 'sslmode=verify-ca needs sslrootcert';
  const unreadable = ['sslrootcert', 'sslcert', 'sslkey'].find((name) => !isReadable(searchParams.get(name)));
  return unreadable === undefined ? null : `${unreadable} names a file that cannot be read`;
}

function isReadable(path: string | null): boolean {
  if (path === null) return true;
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
