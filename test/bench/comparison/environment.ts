import { randomBytes } from 'node:crypto';
import process from 'node:process';

/** Of the admin who asks; the peers get the header too, and look at nothing in it. */
export const ADMIN_KEY = randomBytes(24).toString('hex');

/** Nobody listens there: no server of a benchmark ever calls Meta. */
const NOWHERE = 'http://127.0.0.1:9';

/** What every server is told, ours and the others. */
export const environment: Readonly<Record<string, string>> = {
  // For a look inside, such as `--cpu-prof --cpu-prof-dir=/tmp/profiles`: ours writes a profile when it is stopped.
  NODE_OPTIONS: process.env['SERVER_NODE_OPTIONS'] ?? '',
  PATH: process.env['PATH'] ?? '',
  NODE_ENV: 'production',
  INSTAGRAM_CLIENT_ID: '1234567890123456',
  INSTAGRAM_CLIENT_SECRET: randomBytes(16).toString('hex'),
  META_INSTAGRAM_API_URL: NOWHERE,
  META_INSTAGRAM_GRAPH_URL: NOWHERE,
  META_FACEBOOK_GRAPH_URL: NOWHERE,
  TOKEN_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
  ADMIN_API_KEYS: `bench:${ADMIN_KEY}`,
  OAUTH_STATE: 'required',
  // Raised, not off: every call is counted.
  RATE_LIMIT_AUTH_URL: '999999999/min',
  RATE_LIMIT_COMPLETE: '999999999/min',
  HOST: '127.0.0.1',
};
