import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Environment } from '../../src/config.js';

const ROOT = join(import.meta.dirname, '..', '..');

/** How the processes' own log says that one listens. */
interface ListeningLine {
  readonly msg?: string;
  readonly port?: number;
}

/** A server that runs as a process of its own, from `dist`. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
  /** Every line that it has written. */
  readonly log: readonly string[];
  /** What ended it: an exit code or a signal. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export interface ServerScript {
  readonly path: string;
  readonly args: readonly string[];
}

const builtServer: ServerScript = { path: join(ROOT, 'dist', 'server', 'main.js'), args: [] };

/** Starts the built server, or a script of the test's own, and waits until it listens. */
export async function startServerProcess(
  env: Environment,
  script: ServerScript = builtServer,
): Promise<ServerProcess> {
  const server = forkServer(env, script);
  const port = await server.port;
  if (port === null)
    throw new Error(`The server ended with ${await server.ended}:\n${server.log.join('\n')}`);
  return { ...server, url: `http://127.0.0.1:${port}` };
}

/** Starts a server that may end before it listens; its port is null then. */
export function forkServer(
  env: Environment,
  { path, args }: ServerScript,
): Omit<ServerProcess, 'url'> & { readonly port: Promise<number | null> } {
  const log: string[] = [];
  const child = fork(path, [...args], {
    cwd: ROOT,
    // Nothing of this process's own environment: a test's server knows what it was told.
    env: { PATH: process.env['PATH'], ...env },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  const port = new Promise<number | null>((resolve) => {
    const read = (line: string): void => {
      log.push(line);
      const { msg, port: listening } = parseLine(line);
      if (msg === 'listening' && listening !== undefined) resolve(listening);
    };
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', read);
    }
    void ended.then(() => resolve(null));
  });
  return {
    child,
    log,
    port,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function parseLine(line: string): ListeningLine {
  try {
    return JSON.parse(line) as ListeningLine;
  } catch {
    return {}; // Not a line of the logger's: a warning of Node's, for example.
  }
}
