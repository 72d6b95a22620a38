import { setTimeout } from 'node:timers/promises';
import { CompiledQuery, type Driver, type QueryResult } from 'kysely';
import { SECOND } from '../time.js';
import { Mutex } from './mutex.js';

/** Between two tries of a statement everything else has a turn, for so long, in milliseconds. */
export const BUSY_PAUSE_MS = 50;

/** How long a statement is tried, in milliseconds. */
export const BUSY_MS = 6 * SECOND;

/** With the write lock: see `sharing`. */
const BEGIN = 'begin immediate';

/**
 * Shares the one connection that this process has to an SQLite file: within it, whose turn it is; with other
 * processes, by trying again while they hold the file. Whoever waits for them lets the others here go on, who may
 * only want to read; and one of the waiting tries for all, since a try keeps the whole process from anything else.
 *
 * Every transaction begins with the write lock. After SQLite's plain `begin`, a transaction that reads first and
 * then writes fails at once, whatever the busy time-out says, when another process wrote in between.
 *
 * Kysely's own lock, for adapters that say `supportsMultipleConnections: false`, is let go by Kysely alone: not
 * while a statement waits, nor when a transaction could not be begun.
 */
export function sharing(driver: Driver): Driver {
  const init = driver.init.bind(driver);
  const acquire = driver.acquireConnection.bind(driver);
  const lock = new Mutex();
  const trying = new Mutex();
  let isInTransaction = false;

  const letOthersGoOn = async (wait: Promise<unknown>): Promise<void> => {
    lock.release();
    await wait;
    await lock.acquire();
  };

  /** What `run` does changes nothing when it fails. */
  const whenFree = async <Result>(run: () => Promise<Result>): Promise<Result> => {
    const deadline = performance.now() + BUSY_MS;
    await letOthersGoOn(trying.acquire());
    try {
      for (;;) {
        try {
          return await run();
        } catch (error) {
          if (!isBusy(error) || performance.now() > deadline) throw error;
        }
        await letOthersGoOn(setTimeout(BUSY_PAUSE_MS));
      }
    } finally {
      trying.release();
    }
  };

  driver.init = async (options) => {
    await init(options);
    const connection = await acquire();
    const execute = connection.executeQuery.bind(connection);
    connection.executeQuery = async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => {
      const run = (): Promise<QueryResult<Row>> => execute<Row>(query);
      // It has the lock already, and nobody may come between.
      if (isInTransaction) return run();
      if (query.sql === BEGIN && trying.isTaken) return whenFree(run);
      try {
        return await run();
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
      return whenFree(run);
    };
  };
  driver.acquireConnection = async () => {
    await lock.acquire();
    return acquire();
  };
  driver.releaseConnection = async () => {
    isInTransaction = false;
    lock.release();
  };
  driver.beginTransaction = async (connection) => {
    await connection.executeQuery(CompiledQuery.raw(BEGIN));
    isInTransaction = true;
  };
  return driver;
}

/** Whether another process holds the file. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
}
