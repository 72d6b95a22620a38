import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareAnswers } from './answers.ts';
import type { Contestant } from './contestants.ts';
import type { Load, Sample } from './load.ts';
import { firstQuestion } from './first-question.ts';
import { onFile, startServer, type ServerProcess } from './server-process.ts';
import { worksOf, type WorkId } from './works.ts';
import { writtenChanges } from './written.ts';

const WARM_UP_MS = 1_500;

export interface WorkMeasuring {
  readonly folder: string;
  /** The database that each server gets a copy of. */
  readonly database: string;
  readonly accountIds: readonly string[];
  readonly contestants: readonly Contestant[];
  readonly works: readonly WorkId[];
  readonly rounds: number;
  readonly roundMs: number;
  readonly load: Load;
  readonly say: (text: string) => void;
}

/** Samples by work and by server, one of each round: the third of one was taken beside the third of the others. */
export type Samples = Readonly<Partial<Record<WorkId, ReadonlyMap<Contestant, readonly Sample[]>>>>;

/** Each server on a copy of its own of the database. */
export async function measureWorks(options: WorkMeasuring): Promise<Samples> {
  const { folder, database, accountIds, works } = options;
  await using stack = new AsyncDisposableStack();
  const servers: ServerProcess[] = [];
  for (const contestant of options.contestants) {
    const copy = pathOf(folder, contestant);
    copyFileSync(database, copy);
    const first = firstQuestion(accountIds, contestant);
    servers.push(stack.use(await startServer(contestant, onFile(folder, copy), first)));
  }
  const samples = await measureOn(servers, options);
  if (works.includes('w4')) checkWritten(servers, samples.w4 ?? new Map(), folder);
  return samples;
}

/** All servers at once, of which one has to work: what the machine does meanwhile, it does to all. */
export async function measureOn(
  servers: readonly ServerProcess[],
  options: Omit<WorkMeasuring, 'database' | 'contestants'>,
): Promise<Samples> {
  await compareAnswers(servers, options.accountIds);
  options.say('The answers are equal.');
  const samples: Partial<Record<WorkId, Map<Contestant, Sample[]>>> = {};
  for (const id of options.works) samples[id] = await measureWork(servers, id, options);
  return samples;
}

async function measureWork(
  servers: readonly ServerProcess[],
  id: WorkId,
  { accountIds, load, rounds, roundMs, say }: Omit<WorkMeasuring, 'database' | 'contestants'>,
): Promise<Map<Contestant, Sample[]>> {
  const questionsFor = ({ contestant }: ServerProcess) =>
    worksOf(accountIds, contestant.otherText ?? false).find((work) => work.id === id)?.questions ?? [];
  const samples = new Map<Contestant, Sample[]>(servers.map(({ contestant }) => [contestant, []]));
  for (const server of servers) await load.run(server, questionsFor(server), WARM_UP_MS);
  for (let round = 0; round < rounds; round += 1) {
    // Nobody always comes after the same one.
    const order = [...servers.slice(round % servers.length), ...servers.slice(0, round % servers.length)];
    for (const server of order) {
      const sample = await load.run(server, questionsFor(server), roundMs);
      samples.get(server.contestant)?.push(sample);
      say(
        `${id} round ${round + 1}: ${server.contestant.name}: ${sample.perSecond.toFixed(0)} a second, ${sample.cpuUs.toFixed(0)} µs`,
      );
    }
  }
  return samples;
}

/** @throws Error when a server has answered more changes than it has written, both rows of each */
function checkWritten(
  servers: readonly ServerProcess[],
  samples: ReadonlyMap<Contestant, readonly Sample[]>,
  folder: string,
): void {
  for (const { contestant } of servers) {
    const answered = (samples.get(contestant) ?? []).reduce((sum, { answers }) => sum + answers, 0);
    const { events, versions } = writtenChanges(pathOf(folder, contestant));
    if (events < answered || versions !== events) {
      throw new Error(
        `${contestant.name} has answered ${answered} changes, and written ${versions} with ${events} events.`,
      );
    }
  }
}

function pathOf(folder: string, { name }: Contestant): string {
  return join(folder, `${name.replaceAll(/\W+/g, '-')}.sqlite`);
}
