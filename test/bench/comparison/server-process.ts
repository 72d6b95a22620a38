import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Question } from './ask.ts';
import type { Contestant } from './contestants.ts';
import { environment } from './environment.ts';
import { nodeOn, SERVER_CPU } from './pinned.ts';

/** A try that is refused costs next to nothing, on the other CPU. */
const RETRY_MS = 2;
const PATIENCE_MS = 60_000;
/** Ours stops in order. */
const END_MS = 10_000;

/** No server is left behind, however this process ends, but for a signal that nobody hears. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

export interface ServerProcess extends AsyncDisposable {
  readonly contestant: Contestant;
  readonly pid: number;
  readonly port: number;
  /** From its beginning to the end of its first answer. */
  readonly startMs: number;
  /** Whether it runs, and what it has logged last: for whoever tells that something is wrong with it. */
  readonly condition: () => string;
}

export interface Place {
  /** For its log. */
  readonly folder: string;
  /** Where its database is. */
  readonly database: Readonly<Record<string, string>>;
}

/** A file of SQLite: the peers know it by a name of their own. */
export function onFile(folder: string, path: string): Place {
  return { folder, database: { BENCH_DATABASE: path, DATABASE_URL: `sqlite:${path}` } };
}

/** Starts a server on the CPU of servers; resolves when it has answered `first`. */
export async function startServer(
  contestant: Contestant,
  { folder, database }: Place,
  first: Question,
  more: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const port = await freePort();
  const log = join(folder, `${contestant.name.replaceAll(/\W+/g, '-')}.log`);
  const { command, args } = nodeOn(SERVER_CPU, contestant.program);
  const output = openSync(log, 'w');
  const startedAt = performance.now();
  const child = spawn(command, args, {
    stdio: ['ignore', output, output],
    env: { ...environment, ...database, ...contestant.environment, ...more, PORT: String(port) },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${contestant.name} cannot be started.`);
  closeSync(output);
  const condition = (): string => {
    const end = child.exitCode ?? child.signalCode;
    const life = end === null ? 'which runs' : `which ended with ${end}`;
    return `${contestant.name}, ${life}:\n${readFileSync(log, 'utf8').slice(-2_000)}`;
  };
  await firstAnswer(child, port, first, condition);
  const startMs = performance.now() - startedAt;
  return { contestant, pid, port, startMs, condition, [Symbol.asyncDispose]: () => end(child) };
}

async function firstAnswer(
  child: ChildProcess,
  port: number,
  first: Question,
  condition: () => string,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    try {
      await ask(port, first);
      return;
    } catch (error) {
      if (!isRefused(error)) throw new Error(`No answer from ${condition()}`, { cause: error });
      await sleep(RETRY_MS);
    }
  }
  child.kill('SIGKILL');
  throw new Error(`No answer from ${condition()}`);
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(impatience);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
