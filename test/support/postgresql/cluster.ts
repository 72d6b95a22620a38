import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';

/** A PostgreSQL server on this machine that is gone when whoever started it is. */
export interface Cluster extends AsyncDisposable {
  /** The URL of its first database, for who administrates it. */
  readonly url: string;
  /** At once, and without a word to its clients. */
  stop(): Promise<void>;
  /** On the same port as before. */
  start(): Promise<void>;
}

export interface ClusterOptions {
  readonly settings?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

/** Makes a server with nothing in it, from the binaries that npm has installed. */
export async function startCluster({ settings = [], files = {} }: ClusterOptions = {}): Promise<Cluster> {
  const keeper = fork(join(import.meta.dirname, 'keeper.ts'), { execArgv: [] });
  const ended = once(keeper, 'exit');
  const answer = async (): Promise<unknown> => {
    const [message] = (await Promise.race([once(keeper, 'message'), ended])) as unknown[];
    if (typeof message !== 'object') throw new Error('The keeper of the PostgreSQL server has ended.');
    return message;
  };
  keeper.send({ settings, files });
  const { port } = (await answer()) as { port: number };
  const order = async (word: string): Promise<void> => {
    keeper.send(word);
    await answer();
  };
  return {
    url: `postgresql://moca@127.0.0.1:${port}/postgres`,
    stop: () => order('stop'),
    start: () => order('start'),
    [Symbol.asyncDispose]: async () => {
      keeper.disconnect();
      await ended;
    },
  };
}

/** The URL of another database of the same server. */
export function urlOf(server: string, database: string): string {
  return new URL(`/${database}`, server).href;
}

/** Runs one statement on a connection of its own, and gives its rows. */
export async function administrate<Row extends object>(url: string, statement: string): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}
