import process from 'node:process';
import { createApp } from './app.js';
import { ConfigError, readConfig, secretVariables } from './config.js';

/** sysexits.h: something is wrong with the configuration. */
const EX_CONFIG = 78;

try {
  const configuration = readConfig(process.env);
  for (const name of secretVariables) delete process.env[name];
  const app = await createApp(configuration);
  const stop = (): void => {
    // A second signal ends the process at once: what was begun is resumed by lease.
    process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1));
    void app.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (err: unknown) => {
      app.logger.fatal({ err }, event);
      void app.close().finally(() => process.exit(1));
    });
  }
  await app.listen();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(EX_CONFIG);
}
