import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../../src/database/database.js';
import { Secret } from '../../../src/secret.js';
import { startCluster } from './cluster.js';
import { prepareServer, type DatabaseServer } from './database-pool.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Missing where tests run on SQLite. */
    postgresql?: DatabaseServer;
  }
}

/** One PostgreSQL server for the run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster();
  const server = await prepareServer(cluster.url, async (url) => {
    await using database = await openDatabase({ kind: 'postgresql', url: new Secret(url) });
    await database.migrate();
  });
  project.provide('postgresql', server);
  return async () => cluster[Symbol.asyncDispose]();
}
