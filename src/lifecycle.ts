import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.js';
import type { Logger } from './logger.js';
import { SECOND, systemClock } from './time.js';
import { within } from './within.js';

/** When the server stops, open requests have this long to be answered, and runs to reach their next commit. */
const SETTLE_MS = 20 * SECOND;

/** The running server. */
export interface App extends AsyncDisposable {
  readonly logger: Logger;
  /** Begins to accept requests; resolves to its own base URL. */
  listen(): Promise<string>;
  /** One round of the worker, now: every renewal, subscription, notice and event that is due. */
  work(): Promise<void>;
  /**
   * Stops in order: not ready any more → no new sweeps → waiting calls are answered → open requests end → runs
   * reach their next commit and let go of their attempts → connections close. Safe to call twice.
   */
  close(): Promise<void>;
}

/** What the parts of the server do as it begins, works and ends. */
export interface AppParts {
  readonly http: FastifyInstance;
  readonly config: Config;
  readonly logger: Logger;
  /** Aborted when the server stops: nothing new begins then. */
  readonly shutdown: AbortController;
  /** Begins what goes on beside the requests. */
  readonly begin: () => Promise<void>;
  /** Does once, and to its end, what is due. */
  readonly round: () => Promise<void>;
  /** Resolves when nothing is under way any more. */
  readonly settled: () => Promise<void>;
  /** Closes what was opened. */
  readonly end: () => Promise<void>;
}

/** The server's life, from listening to the end. */
export function runningApp(parts: AppParts): App {
  const { http, config, logger, shutdown, begin, round, settled, end } = parts;
  let byHand: Promise<void> = Promise.resolve();
  let closing: Promise<void> | undefined;

  async function settle(): Promise<void> {
    await http.close();
    await Promise.all([byHand.catch(() => undefined), settled()]);
  }

  async function close(): Promise<void> {
    shutdown.abort();
    // Real time: what hangs must not keep the process, whatever the injected clock says.
    await within(systemClock, SETTLE_MS, settle());
    await end();
  }

  const closeOnce = (): Promise<void> => (closing ??= close());
  return {
    logger,
    listen: async () => {
      const { host, port: wanted, flow, worker } = config;
      await http.listen({ host, port: wanted });
      if (worker) await begin();
      const { port } = http.server.address() as AddressInfo;
      logger.info({ host, port, flow }, 'listening');
      return `http://localhost:${port}`;
    },
    work: () => (byHand = round()),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}
