import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { APPLICATION_NAME } from '../../sql/application-name.js';
import { isPostgresql } from '../../sql/dialect.js';
import { SECOND, type Clock } from '../../time.js';
import { kyselyOf } from '../../sql/kysely-of.js';

/** PostgreSQL may take a moment to see that a process is gone. */
const PATIENCE_MS = 2 * SECOND;
const PAUSE_MS = SECOND / 4;

/**
 * Whether a server, or another command of ours, is connected to the same database. On SQLite, whoever has the file
 * open lets nobody else in (`exclusive`). To be called on a database with a pool of one connection.
 */
export async function hasOthers(em: EntityManager, clock: Clock): Promise<boolean> {
  if (!isPostgresql(em)) return false;
  const deadline = clock.now().getTime() + PATIENCE_MS;
  for (;;) {
    const { rows } = await sql`
      select 1 from pg_stat_activity
      where datname = current_database() and application_name = ${APPLICATION_NAME} and pid <> pg_backend_pid()
    `.execute(kyselyOf(em));
    if (rows.length === 0) return false;
    if (clock.now().getTime() >= deadline) return true;
    await clock.sleep(PAUSE_MS);
  }
}
