import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { isPostgresql } from '../../sql/dialect.js';
import { kyselyOf } from '../../sql/kysely-of.js';

export interface Counter {
  readonly table: string;
  readonly column: string;
}

/**
 * The greatest number that the database has ever given to a row of the table, 0 for none. That row may be gone:
 * whoever has a cursor made of its number must still meet only greater ones.
 */
export async function readCounter(em: EntityManager, { table, column }: Counter): Promise<number> {
  const query = isPostgresql(em)
    ? sql<{ last: number | null }>`
        select greatest(
          pg_sequence_last_value(cast(pg_get_serial_sequence(${table}, ${column}) as regclass)),
          (select max(${sql.ref(column)}) from ${sql.table(table)})
        ) as last`
    : sql<{ last: number | null }>`select max(seq) as last from sqlite_sequence where name = ${table}`;
  const { rows } = await query.execute(kyselyOf(em));
  return rows[0]?.last ?? 0;
}

/** From now on the database gives greater numbers than `last`. */
export async function writeCounter(
  em: EntityManager,
  { table, column }: Counter,
  last: number,
): Promise<void> {
  // There is no number before the first one.
  if (last === 0) return;
  const database = kyselyOf(em);
  if (isPostgresql(em)) {
    await sql`select setval(cast(pg_get_serial_sequence(${table}, ${column}) as regclass), ${last})`.execute(
      database,
    );
    return;
  }
  await sql`delete from sqlite_sequence where name = ${table}`.execute(database);
  await sql`insert into sqlite_sequence (name, seq) values (${table}, ${last})`.execute(database);
}
