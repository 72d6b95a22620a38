import { flushCompileCache } from 'node:module';
import process from 'node:process';
import { createApp } from './app.js';
import { ConfigError, EX_CONFIG, readConfig, secretVariables } from './config.js';
import { listenProblem } from './listen-problem.js';

/** npm passes a signal on that its whole process group got: what comes so soon is the same one. */
const SAME_SIGNAL_MS = 2_000;

try {
  const configuration = readConfig(process.env);
  for (const name of secretVariables) delete process.env[name];
  const app = await createApp(configuration);
  let stoppingSince: number | null = null;
  const stop = (): void => {
    if (stoppingSince === null) {
      stoppingSince = performance.now();
      void app.close().then(() => process.exit(0));
    } else if (performance.now() - stoppingSince > SAME_SIGNAL_MS) {
      // A second signal ends the process at once: what was begun is resumed by lease.
      process.exit(1);
    }
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (err: unknown) => {
      app.logger.fatal({ err }, event);
      void app.close().finally(() => process.exit(1));
    });
  }
  await app.listen().catch((error: unknown) => {
    throw listenProblem(error, configuration.config) ?? error;
  });
  // Written down now, where it is kept at all: whoever is killed would keep nothing.
  flushCompileCache();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(EX_CONFIG);
}
