import type { StoredColumn } from './stored-tables.js';

/** A row as it was read, by the names of its columns. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** A row as a text that is the same on both databases when, and only when, the row says the same. */
export function canonicalRow(columns: readonly StoredColumn[], row: StoredRow): string {
  return JSON.stringify(columns.map((column) => canonicalValue(column, row[column.name])));
}

function canonicalValue({ kind, name }: StoredColumn, value: unknown): unknown {
  if (value === null) return null;
  // A column that was not read would be equal to itself for ever.
  if (value === undefined) throw new Error(`The column ${name} was not read.`);
  if (kind === 'boolean') return Boolean(value);
  // As the text of a value whose members stand in their order: PostgreSQL gives them an order of its own.
  if (kind === 'json') return JSON.stringify(JSON.parse(value as string), inOrder);
  return value;
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
