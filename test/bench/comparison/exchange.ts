import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { AuthUrlDocument, CompleteInstagramAuthDocument } from '../../../src/generated/graphql.ts';
import { ask, type Question } from './ask.ts';
import { ours } from './contestants.ts';
import { firstQuestion } from './first-question.ts';
import { LOAD_CPU, nodeOn } from './pinned.ts';
import { cpuMs } from './process-figures.ts';
import type { SandboxRequest } from './sandbox-host.ts';
import { onFile, startServer, type ServerProcess } from './server-process.ts';
import { median, percentile } from './statistics.ts';
import { commitsDuring } from './wal-commits.ts';

const DELAY_MS = 40;
/** A timer may end a little early. */
const TIMER_MS = 2;
const AT_ONCE = 64;
/** In each round: sixteen for each of those at once, since the last of them have the server for themselves. */
const COMPLETIONS = 16 * AT_ONCE;
/** As long as the other works are warmed up, in what the server's functions are called: it compiles those that often are. */
const WARM_UP = 32 * AT_ONCE;
const LONE = 20;

export interface ExchangeFigures {
  readonly atOnce: number;
  readonly delayMs: number;
  /** Calls to Meta for one connection, and how many of them wait for one before. */
  readonly calls: number;
  readonly callsInSequence: number;
  /** What Meta's answers take one after the other, in milliseconds. */
  readonly sumMs: number;
  readonly idealPerSecond: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of one connection that is made alone. */
  readonly loneMs: number;
  /** Of the server and of the sandbox, for each connection. */
  readonly cpuMs: number;
  readonly sandboxCpuMs: number;
  readonly commits: number;
}

export interface ExchangeMeasuring {
  readonly folder: string;
  readonly database: string;
  readonly accountIds: readonly string[];
  readonly rounds: number;
  readonly say: (text: string) => void;
}

/** Connects people through the sandbox, whose every answer takes a while; without the work beside the requests. */
export async function measureExchange(options: ExchangeMeasuring): Promise<ExchangeFigures> {
  const { folder, database, accountIds, rounds, say } = options;
  const { command, args } = nodeOn(LOAD_CPU, join(import.meta.dirname, 'sandbox-host.ts'));
  const sandbox = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    const [environment] = (await once(sandbox, 'message')) as [Record<string, string>];
    const path = join(folder, 'exchange.sqlite');
    copyFileSync(database, path);
    await using server = await startServer(ours, onFile(folder, path), firstQuestion(accountIds, ours), {
      ...environment,
      WORKER: 'off',
    });
    const people = await consents(sandbox, server, WARM_UP + LONE + AT_ONCE + rounds * COMPLETIONS);
    await tell(sandbox, { delayMs: DELAY_MS });
    await complete(server, people.splice(0, WARM_UP), AT_ONCE);
    const callsBefore = await tell(sandbox, { count: 'calls' });
    const lone = await complete(server, people.splice(0, LONE), 1);
    const calls = (Number(await tell(sandbox, { count: 'calls' })) - Number(callsBefore)) / LONE;
    const commits = await commitsDuring(path, () => complete(server, people.splice(0, AT_ONCE), AT_ONCE));
    const callsInSequence = Math.floor((Math.min(...lone.times) + TIMER_MS) / DELAY_MS);
    const cpu = (): [number, number] => [cpuMs(server.pid), cpuMs(sandbox.pid ?? 0)];
    const [cpuBefore, sandboxBefore] = cpu();
    const waves: Completed[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      waves.push(await complete(server, people.splice(0, COMPLETIONS), AT_ONCE));
      say(`exchange round ${round}: ${waves.at(-1)?.perSecond.toFixed(0)} a second`);
    }
    const [cpuAfter, sandboxAfter] = cpu();
    const times = waves.flatMap((wave) => wave.times);
    const sumMs = callsInSequence * DELAY_MS;
    return {
      atOnce: AT_ONCE,
      delayMs: DELAY_MS,
      calls,
      callsInSequence,
      sumMs,
      idealPerSecond: AT_ONCE / (sumMs / 1_000),
      perSecond: median(waves.map(({ perSecond }) => perSecond)),
      p50Ms: percentile(times, 0.5),
      p99Ms: percentile(times, 0.99),
      loneMs: median(lone.times),
      cpuMs: (cpuAfter - cpuBefore) / times.length,
      sandboxCpuMs: (sandboxAfter - sandboxBefore) / times.length,
      commits: commits / AT_ONCE,
    };
  } finally {
    sandbox.disconnect();
  }
}

async function tell(sandbox: ChildProcess, request: SandboxRequest): Promise<unknown> {
  sandbox.send(request);
  const [answer] = (await once(sandbox, 'message')) as [unknown];
  return answer;
}

/** What the callback pages of so many people have to send. */
async function consents(sandbox: ChildProcess, { port }: ServerProcess, count: number): Promise<Question[]> {
  const verifiers = Array.from({ length: count }, () => randomBytes(32).toString('base64url'));
  const urls: string[] = [];
  for (const verifier of verifiers) {
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const answer = await ask(port, visitor(AuthUrlDocument, { challenge }));
    urls.push((JSON.parse(answer) as { data: { authUrl: string } }).data.authUrl);
  }
  const callbacks = (await tell(sandbox, { consent: urls })) as string[];
  return callbacks.map((callback, index) => {
    const { searchParams } = new URL(callback);
    return visitor(CompleteInstagramAuthDocument, {
      code: searchParams.get('code'),
      state: searchParams.get('state'),
      verifier: verifiers[index],
    });
  });
}

function visitor(document: { toString(): string }, variables: object): Question {
  return { body: JSON.stringify({ query: document.toString(), variables }), byAdmin: false };
}

interface Completed {
  readonly perSecond: number;
  /** Of each, in milliseconds. */
  readonly times: readonly number[];
}

async function complete(
  { port }: ServerProcess,
  questions: readonly Question[],
  atOnce: number,
): Promise<Completed> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const left = questions.values();
  const times: number[] = [];
  const lane = async (): Promise<void> => {
    // All lanes take from the same.
    for (const question of left) {
      const startedAt = performance.now();
      await ask(port, question, agent);
      times.push(performance.now() - startedAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: atOnce }, lane));
  const seconds = (performance.now() - startedAt) / 1_000;
  agent.destroy();
  return { perSecond: questions.length / seconds, times };
}
