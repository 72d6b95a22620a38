import { createHash } from 'node:crypto';
import type { TableRows } from './table-rows.js';

/** What a table holds, in short: two tables with the same one hold the same. */
export interface Fingerprint {
  readonly rows: number;
  /** SHA-256 in hex over all rows, each in its canonical form, in the order of their keys. */
  readonly hash: string;
}

export async function fingerprint(table: TableRows): Promise<Fingerprint> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const rows of table.batches()) {
    for (const row of rows) hash.update(`${table.contentOf(row)}\n`);
    count += rows.length;
  }
  return { rows: count, hash: hash.digest('hex') };
}

export function isSame(one: Fingerprint, other: Fingerprint): boolean {
  return one.rows === other.rows && one.hash === other.hash;
}
