import type { EntityManager, MigrationObject } from '@mikro-orm/core';
import { sql } from 'kysely';
import { isPostgresql } from '../sql/dialect.js';
import { kyselyOf } from '../sql/kysely-of.js';

/** Whether the database has a table of this name. */
export async function hasTable(em: EntityManager, name: string): Promise<boolean> {
  const query = isPostgresql(em)
    ? sql`select 1 where to_regclass(${name}) is not null`
    : sql`select 1 from sqlite_master where type = 'table' and name = ${name}`;
  return (await query.execute(kyselyOf(em))).rows.length > 0;
}

/** The names of the migrations that were applied. */
export async function appliedMigrations(em: EntityManager): Promise<ReadonlySet<string>> {
  if (!(await hasTable(em, 'mikro_orm_migrations'))) return new Set();
  const { rows } = await sql<{ name: string }>`select name from mikro_orm_migrations`.execute(kyselyOf(em));
  return new Set(rows.map(({ name }) => name));
}

/** Whether these migrations were applied and no others, which a newer version may have brought. */
export function isExactly(applied: ReadonlySet<string>, known: readonly MigrationObject[]): boolean {
  return applied.size === known.length && known.every(({ name }) => applied.has(name));
}
