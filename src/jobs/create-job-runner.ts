import type { DatabaseLocation } from '../database-url.js';
import { splitTls } from '../sql/postgresql-tls.js';
import type { RoundsOptions } from '../in-rounds.js';
import { EmbeddedRunner } from './embedded-runner.js';
import type { JobRunner } from './job.js';
import { PgBossRunner } from './pgboss-runner.js';

/** The runner for a database: on PostgreSQL, work is spread over all processes; null for this process alone. */
export function createJobRunner(location: DatabaseLocation | null, options: RoundsOptions): JobRunner {
  if (location?.kind !== 'postgresql') return new EmbeddedRunner(options);
  return new PgBossRunner({ ...options, connection: splitTls(location.url.reveal()) });
}
