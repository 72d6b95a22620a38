import type { EntityManager } from '@mikro-orm/core';
import { sql, type RawBuilder } from 'kysely';
import { storedTime } from '../../sql/stored-time.js';
import { canonicalRow, type StoredRow } from './canonical-row.js';
import type { StoredColumn, StoredTable } from './stored-tables.js';
import { kyselyOf } from '../../sql/kysely-of.js';

/** How many rows are read, compared and written together: so many are in memory at a time, of either database. */
const BATCH_SIZE = 200;

/** The rows of one table in one of the databases. Values go in and out as that database has them. */
export class TableRows {
  constructor(
    private readonly em: () => EntityManager,
    private readonly table: StoredTable,
  ) {}

  /** All rows in the order of their keys, which is the same on both databases, by batches. */
  async *batches(): AsyncGenerator<readonly StoredRow[]> {
    let rows = await this.#readAfter(null);
    while (rows.length > 0) {
      yield rows;
      if (rows.length < BATCH_SIZE) return;
      rows = await this.#readAfter(rows.at(-1) ?? null);
    }
  }

  /** Those of the rows that are there, by their keys, and how they are there. */
  async read(rows: readonly StoredRow[]): Promise<StoredRow[]> {
    return this.#run(sql`select ${this.#columns()} from ${this.#name()} where ${this.#isOneOf(rows)}`);
  }

  async insert(rows: readonly StoredRow[]): Promise<void> {
    const em = this.em();
    const values = rows.map(
      (row) => sql`(${sql.join(this.table.columns.map((column) => storable(em, column, row[column.name])))})`,
    );
    await this.#run(sql`insert into ${this.#name()} (${this.#columns()}) values ${sql.join(values)}`);
  }

  async remove(rows: readonly StoredRow[]): Promise<void> {
    await this.#run(sql`delete from ${this.#name()} where ${this.#isOneOf(rows)}`);
  }

  /** By which a row is the same one in both databases. */
  keyOf(row: StoredRow): string {
    return JSON.stringify(this.table.key.map((name) => row[name]));
  }

  /** What a row says. */
  contentOf(row: StoredRow): string {
    return canonicalRow(this.table.columns, row);
  }

  #readAfter(last: StoredRow | null): Promise<StoredRow[]> {
    const key = sql.join(this.table.key.map((name) => sql.ref(name)));
    const after = last === null ? sql`` : sql`where (${key}) > (${sql.join(this.#keyValues(last))})`;
    return this.#run(
      sql`select ${this.#columns()} from ${this.#name()} ${after} order by ${key} limit ${BATCH_SIZE}`,
    );
  }

  #isOneOf(rows: readonly StoredRow[]): RawBuilder<unknown> {
    const { key } = this.table;
    const [only, ...others] = key;
    if (only !== undefined && others.length === 0) {
      return sql`${sql.ref(only)} in (${sql.join(rows.map((row) => row[only]))})`;
    }
    const each = rows.map(
      (row) =>
        sql`(${sql.join(
          key.map((name) => sql`${sql.ref(name)} = ${row[name]}`),
          sql` and `,
        )})`,
    );
    return sql.join(each, sql` or `);
  }

  #keyValues(row: StoredRow): unknown[] {
    return this.table.key.map((name) => row[name]);
  }

  #name(): RawBuilder<unknown> {
    return sql.table(this.table.name);
  }

  #columns(): RawBuilder<unknown> {
    return sql.join(this.table.columns.map(({ name }) => sql.ref(name)));
  }

  async #run(statement: RawBuilder<unknown>): Promise<StoredRow[]> {
    const { rows } = await statement.execute(kyselyOf(this.em()));
    return rows as StoredRow[];
  }
}

/** A value that was read of either database, as the one of `em` takes it. */
function storable(em: EntityManager, { kind }: StoredColumn, value: unknown): unknown {
  if (value === null) return null;
  if (kind === 'time') return storedTime(em, new Date(value as number));
  // SQLite's driver takes no truth values; PostgreSQL reads these numbers as such.
  if (kind === 'boolean') return Number(value);
  return value;
}
