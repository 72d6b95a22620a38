import type { EntityManager } from '@mikro-orm/core';
import { isDatabaseAway } from '../../sql/database-away.js';
import type { StoredRow } from './canonical-row.js';
import { CopyError } from './copy-error.js';
import type { StoredTable } from './stored-tables.js';
import { TableRows } from './table-rows.js';

type Em = () => EntityManager;

/**
 * Removes the target's rows that are not in the source, or not as they are there: of an earlier run since which the
 * source has changed. Before anything is inserted, since what is unique may have gone from one row to another.
 */
export async function removeStale(table: StoredTable, source: Em, target: Em): Promise<void> {
  const [from, to] = [new TableRows(source, table), new TableRows(target, table)];
  for await (const rows of to.batches()) {
    const current = new Set((await from.read(rows)).map((row) => from.contentOf(row)));
    const stale = rows.filter((row) => !current.has(to.contentOf(row)));
    if (stale.length > 0) await to.remove(stale);
  }
}

/**
 * Inserts the source's rows that the target does not have.
 *
 * @returns how many there were
 * @throws CopyError for a row that the target does not take
 */
export async function insertMissing(table: StoredTable, source: Em, target: Em): Promise<number> {
  const [from, to] = [new TableRows(source, table), new TableRows(target, table)];
  let inserted = 0;
  for await (const rows of from.batches()) {
    const there = new Set((await to.read(rows)).map((row) => to.keyOf(row)));
    const missing = rows.filter((row) => !there.has(from.keyOf(row)));
    if (missing.length > 0) await insert(table, to, missing);
    inserted += missing.length;
  }
  return inserted;
}

/** What is refused of many is looked for one by one, to be named. */
async function insert(table: StoredTable, to: TableRows, rows: readonly StoredRow[]): Promise<void> {
  try {
    await to.insert(rows);
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    const [row, ...others] = rows;
    if (row !== undefined && others.length === 0) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code';
      throw new CopyError(`--to: does not take the row ${to.keyOf(row)} of ${table.name} (${code})`);
    }
    for (const one of rows) await insert(table, to, [one]);
  }
}
