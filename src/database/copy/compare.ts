import type { EntityManager } from '@mikro-orm/core';
import { readCounter } from './counters.js';
import { fingerprint, isSame } from './fingerprint.js';
import type { StoredTable } from './stored-tables.js';
import { TableRows } from './table-rows.js';

type Em = () => EntityManager;

/** How a table stands in both databases. */
export interface Comparison {
  readonly table: string;
  /** In the source. */
  readonly rows: number;
  /** In the source, in hex. */
  readonly hash: string;
  readonly targetRows: number;
  readonly isEqual: boolean;
}

/** Compares by count, by a hash over all rows, and by the number that the next row would get. */
export async function compare(table: StoredTable, source: Em, target: Em): Promise<Comparison> {
  const [ours, theirs] = await Promise.all([
    fingerprint(new TableRows(source, table)),
    fingerprint(new TableRows(target, table)),
  ]);
  const isEqual = isSame(ours, theirs) && (await countsOn(table, source, target));
  return { table: table.name, rows: ours.rows, hash: ours.hash, targetRows: theirs.rows, isEqual };
}

async function countsOn({ name, counter }: StoredTable, source: Em, target: Em): Promise<boolean> {
  if (counter === null) return true;
  const of = (em: Em): Promise<number> => readCounter(em(), { table: name, column: counter });
  return (await of(target)) >= (await of(source));
}

/** The comparisons as lines for a person. */
export function comparisonLines(comparisons: readonly Comparison[]): string[] {
  const lines = [
    ['table', 'rows', 'hash', ''],
    ...comparisons.map(({ table, rows, hash, isEqual, targetRows }) => [
      table,
      String(rows),
      hash.slice(0, 12),
      isEqual ? 'equal' : `DIFFERENT (${targetRows} rows at the target)`,
    ]),
  ];
  const width = (column: number): number => Math.max(...lines.map((line) => line[column]?.length ?? 0));
  return lines.map(([table = '', rows = '', hash = '', end = '']) =>
    `${table.padEnd(width(0))}  ${rows.padStart(width(1))}  ${hash.padEnd(width(2))}  ${end}`.trimEnd(),
  );
}
