import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslnegotiation'];

/**
 * A URL with what it says about TLS set apart, which means what PostgreSQL's own clients mean by it; `pg` takes
 * `require` for `verify-full`, and knows no addresses in certificates.
 *
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 */
export function splitTls(url: string): {
  readonly connectionString: string;
  readonly ssl: ConnectionOptions | false;
  readonly sslnegotiation?: string;
} {
  const parsed = new URL(url);
  const { searchParams, hostname } = parsed;
  const [mode, root, cert, key, negotiation] = PARAMETERS.map((name) => searchParams.get(name));
  for (const name of PARAMETERS) searchParams.delete(name);
  const connectionString = parsed.href;
  if (mode == null || mode === 'disable') return { connectionString, ssl: false };
  const host = (searchParams.get('host') ?? hostname).replace(/^\[(.+)\]$/, '$1');
  const ssl: ConnectionOptions = {
    host,
    ...(root == null ? {} : { ca: readFileSync(root, 'utf8') }),
    ...(cert == null ? {} : { cert: readFileSync(cert, 'utf8') }),
    ...(key == null ? {} : { key: readFileSync(key, 'utf8') }),
    // Whom nothing vouches for, `require` believes; with a root it is `verify-ca`.
    ...(mode === 'require' && root == null ? { rejectUnauthorized: false } : {}),
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
  return { connectionString, ssl, ...(negotiation == null ? {} : { sslnegotiation: negotiation }) };
}
