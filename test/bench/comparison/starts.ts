import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant } from './contestants.ts';
import type { Load } from './load.ts';
import { firstQuestion } from './first-question.ts';
import { residentBytes } from './process-figures.ts';
import { onFile, startServer } from './server-process.ts';
import { median } from './statistics.ts';
import { worksOf } from './works.ts';

const TIMES = 7;
const LOAD_MS = 4_000;

export interface StartFigures {
  /** From its beginning to its first answer, median. */
  readonly startMs: number;
  /** In memory after the first answer. */
  readonly firstBytes: number;
  /** And after some seconds of pages of 50. */
  readonly afterBytes: number;
}

export interface StartMeasuring {
  readonly folder: string;
  readonly database: string;
  readonly accountIds: readonly string[];
  readonly contestants: readonly Contestant[];
  readonly load: Load;
  readonly say: (text: string) => void;
}

/** Starts each server several times, in turn, on a database that is there; the last time it also has to work. */
export async function measureStarts(options: StartMeasuring): Promise<ReadonlyMap<Contestant, StartFigures>> {
  const { folder, database, contestants, say } = options;
  const times = new Map<Contestant, number[]>(contestants.map((contestant) => [contestant, []]));
  const figures = new Map<Contestant, StartFigures>();
  const path = join(folder, 'starts.sqlite');
  copyFileSync(database, path);
  for (let time = 0; time < TIMES; time += 1) {
    for (const contestant of contestants) {
      await using server = await startServer(
        contestant,
        onFile(folder, path),
        firstQuestion(options.accountIds, contestant),
      );
      times.get(contestant)?.push(server.startMs);
      if (time < TIMES - 1) continue;
      const firstBytes = residentBytes(server.pid);
      const pages = worksOf(options.accountIds, contestant.otherText ?? false).find(({ id }) => id === 'w2');
      await options.load.run(server, pages?.questions ?? [], LOAD_MS);
      const startMs = median(times.get(contestant) ?? []);
      figures.set(contestant, { startMs, firstBytes, afterBytes: residentBytes(server.pid) });
      say(`start: ${contestant.name}: ${startMs.toFixed(0)} ms`);
    }
  }
  return figures;
}
