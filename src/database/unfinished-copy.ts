import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { ConfigError } from '../config.js';
import { hasTable } from './schema-state.js';
import { kyselyOf } from '../sql/kysely-of.js';

/**
 * The table that a database has while it is copied into. Its one row names the source. As long as it is there, all
 * that the database holds was put there by that copy: no server starts on it.
 */
const TABLE = 'unfinished_copy';

/** The source of the copy that was begun and not finished; null when there is none. */
export async function unfinishedCopy(em: EntityManager): Promise<string | null> {
  if (!(await hasTable(em, TABLE))) return null;
  const { rows } = await sql<{ source: string }>`select source from ${sql.table(TABLE)}`.execute(
    kyselyOf(em),
  );
  return rows[0]?.source ?? null;
}

export async function beginCopy(em: EntityManager, source: string): Promise<void> {
  // One statement, so that the table is never there without its row. It takes no parameters.
  await sql`create table ${sql.table(TABLE)} as select cast(${sql.lit(source)} as text) as source`.execute(
    kyselyOf(em),
  );
}

export async function finishCopy(em: EntityManager): Promise<void> {
  await sql`drop table ${sql.table(TABLE)}`.execute(kyselyOf(em));
}

/**
 * Half of the data would be worked on as if it were all, and be overwritten when the copy goes on.
 *
 * @throws ConfigError
 */
export async function refuseUnfinishedCopy(em: EntityManager): Promise<void> {
  const source = await unfinishedCopy(em);
  if (source === null) return;
  throw new ConfigError([
    `DATABASE_URL: holds a copy of ${source} that is not finished; run the same npm run db:copy to its end`,
  ]);
}
