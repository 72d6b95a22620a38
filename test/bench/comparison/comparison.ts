import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { buildPeers } from './built-peers.ts';
import { apollo, contestants, mercurius, ours, raw, yoga } from './contestants.ts';
import { measureExchange } from './exchange.ts';
import { Load } from './load.ts';
import { describeMachine, load as machineLoad } from './machine.ts';
import { measureWorks } from './measure-works.ts';
import { canPin, pinMyself } from './pinned.ts';
import { measureOnPostgresql } from './postgresql.ts';
import { prepareDatabase } from './prepare-database.ts';
import { report } from './report.ts';
import type { Results } from './results.ts';
import { measureStarts } from './starts.ts';
import { workIds } from './works.ts';
import { writeResults } from './write-results.ts';

export const parts = [...workIds, 'start', 'exchange', 'postgresql'] as const;

export type Part = (typeof parts)[number];

export function isPart(name: string): name is Part {
  return (parts as readonly string[]).includes(name);
}

export interface ComparisonOptions {
  readonly parts: readonly Part[];
  readonly rounds: number;
  readonly roundMs: number;
}

/** Measures the server beside others, prints the tables, and keeps them if nothing was left out and each had a CPU. */
export async function runComparison(options: ComparisonOptions): Promise<void> {
  pinMyself();
  buildPeers();
  const folder = mkdtempSync(join(tmpdir(), 'moca-bench-'));
  // Whatever ends this process.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const results = await measure(folder, options);
  process.stdout.write(report(results));
  const isWhole = parts.every((part) => options.parts.includes(part));
  if (isWhole && canPin) await writeResults(results);
}

async function measure(
  folder: string,
  { parts: chosen, rounds, roundMs }: ComparisonOptions,
): Promise<Results> {
  const loadBefore = machineLoad();
  const database = join(folder, 'seeded.sqlite');
  const accountIds = await prepareDatabase(`sqlite:${database}`);
  using load = new Load();
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const common = { folder, database, accountIds, rounds, roundMs, load, say };
  const works = workIds.filter((id) => chosen.includes(id));
  const starting = [raw, mercurius, yoga, apollo, ours];
  const all = works.length > 0 ? works : workIds;
  return {
    rounds,
    roundMs,
    works: works.length > 0 ? await measureWorks({ ...common, contestants, works }) : {},
    starts: chosen.includes('start') ? await measureStarts({ ...common, contestants: starting }) : new Map(),
    exchange: chosen.includes('exchange') ? await measureExchange(common) : null,
    postgresql: chosen.includes('postgresql') ? await measureOnPostgresql({ ...common, works: all }) : {},
    machine: describeMachine(loadBefore),
  };
}
