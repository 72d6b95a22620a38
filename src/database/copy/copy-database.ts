import type { Clock } from '../../time.js';
import type { Database } from '../database-handle.js';
import { beginCopy, finishCopy, unfinishedCopy } from '../unfinished-copy.js';
import { compare, comparisonLines, type Comparison } from './compare.js';
import { CopyError } from './copy-error.js';
import { insertMissing, removeStale } from './copy-table.js';
import { readCounter, writeCounter } from './counters.js';
import { nameOf, openEnd, requireFile, type End } from './ends.js';
import { fingerprint, isSame } from './fingerprint.js';
import { createFreshDatabase } from './fresh-database.js';
import { hasOthers } from './others.js';
import { storedTables, type StoredTable } from './stored-tables.js';
import { TableRows } from './table-rows.js';

export interface CopyOptions {
  readonly from: End;
  readonly to: End;
  readonly clock: Clock;
  /** Takes a line for the operator. */
  readonly report: (line: string) => void;
}

/**
 * open both, each for itself alone → the source has this version's schema → the target is empty, or holds what an
 * earlier run of the same copy has put there → mark it as unfinished → remove what is not as in the source → insert
 * what is missing → let it count on where the source was → compare all → take the mark away.
 *
 * A run that ends at any moment is gone on with by the next one. Tokens are copied as they are sealed.
 *
 * @throws CopyError
 */
export async function copyDatabase({ from, to, clock, report }: CopyOptions): Promise<void> {
  const name = nameOf(from);
  if (name === nameOf(to)) throw new CopyError('--from and --to are the same database');
  requireFile(from);
  await using source = await openEnd(from, clock);
  if (!(await source.hasCurrentSchema())) {
    throw new CopyError(
      '--from: does not have the schema of this version; start the version that it was used with last, or run npm run db:migrate on it',
    );
  }
  await using target = await openEnd(to, clock);
  await target.migrate({ unfinishedCopy: 'goes on' });
  const tables = storedTables(source.em());
  report(`Copying ${name} to ${nameOf(to)}`);
  const held = await compareHeld(tables, source, target, name);
  if (held === null) await copyTables(tables, source, target, report);
  else report('Nothing is left to copy.');
  const comparisons = held ?? (await compareAll(tables, source, target));
  for (const line of comparisonLines(comparisons)) report(line);
  if (await hasOthers(source.em(), clock)) {
    throw new CopyError('--from: a server has begun to work on it; stop it, and run the same command again');
  }
  if (comparisons.some(({ isEqual }) => !isEqual)) {
    throw new CopyError(
      'The two are different: has the source changed meanwhile? Run the same command again',
    );
  }
  if (held === null) await finishCopy(target.em());
  report('All of it is equal. The target is ready.');
}

/**
 * How the target compares when it holds all of the source already. Null when it is to be copied into: it is marked
 * as such then.
 *
 * @throws CopyError when it holds anything else: a server has worked on it, and what it wrote must not be lost
 */
async function compareHeld(
  tables: readonly StoredTable[],
  source: Database,
  target: Database,
  name: string,
): Promise<Comparison[] | null> {
  const earlier = await unfinishedCopy(target.em());
  if (earlier === name) return null;
  if (earlier !== null) {
    throw new CopyError(`--to: holds a copy of ${earlier} that is not finished; empty it first`);
  }
  const foreign = await tableBesideFresh(tables, target);
  if (foreign === null) {
    await beginCopy(target.em(), name);
    return null;
  }
  const comparisons: Comparison[] = [];
  for (const table of tables) {
    const comparison = await compare(table, source.em, target.em);
    comparisons.push(comparison);
    if (comparison.isEqual) continue;
    throw new CopyError(
      `--to: holds data (${foreign}) that is not the source's as it is now; nothing was written, empty it first`,
    );
  }
  return comparisons;
}

/** A table in which the database holds something else than what migrations put there; null when there is none. */
async function tableBesideFresh(tables: readonly StoredTable[], database: Database): Promise<string | null> {
  await using fresh = await createFreshDatabase();
  for (const table of tables) {
    const [filled, empty] = [new TableRows(database.em, table), new TableRows(fresh.em, table)];
    if (!isSame(await fingerprint(filled), await fingerprint(empty))) return table.name;
  }
  return null;
}

/** In an order in which each row finds those that it refers to. */
async function copyTables(
  tables: readonly StoredTable[],
  source: Database,
  target: Database,
  report: CopyOptions['report'],
): Promise<void> {
  for (const table of tables) await removeStale(table, source.em, target.em);
  for (const table of tables) {
    const inserted = await insertMissing(table, source.em, target.em);
    if (inserted > 0) report(`  ${table.name}: ${inserted} rows copied`);
    if (table.counter === null) continue;
    const counter = { table: table.name, column: table.counter };
    await writeCounter(target.em(), counter, await readCounter(source.em(), counter));
  }
}

async function compareAll(
  tables: readonly StoredTable[],
  source: Database,
  target: Database,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const table of tables) comparisons.push(await compare(table, source.em, target.em));
  return comparisons;
}
