import { administrate, startCluster, urlOf } from '../../support/postgresql/cluster.ts';
import { ours, rawPostgresql } from './contestants.ts';
import { measureOn, type Samples, type WorkMeasuring } from './measure-works.ts';
import { prepareDatabase } from './prepare-database.ts';
import { firstQuestion } from './first-question.ts';
import { startServer, type ServerProcess } from './server-process.ts';

/** What is committed is on the disk, as on SQLite. */
const DURABLE = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'shared_buffers=512MB'];

/**
 * The same works on PostgreSQL, which runs where the load comes from, on the other CPU: it is the limit there, and
 * the server's own CPU time says more.
 */
export async function measureOnPostgresql(
  options: Omit<WorkMeasuring, 'database' | 'accountIds' | 'contestants'>,
): Promise<Samples> {
  await using cluster = await startCluster({ settings: DURABLE });
  await administrate(cluster.url, 'create database bench');
  const accountIds = await prepareDatabase(urlOf(cluster.url, 'bench'));
  await using stack = new AsyncDisposableStack();
  const servers: ServerProcess[] = [];
  for (const contestant of [rawPostgresql, ours]) {
    const name = `bench_${servers.length}`;
    await administrate(cluster.url, `create database ${name} template bench`);
    const url = urlOf(cluster.url, name);
    const place = { folder: options.folder, database: { DATABASE_URL: url } };
    servers.push(stack.use(await startServer(contestant, place, firstQuestion(accountIds, contestant))));
  }
  return await measureOn(servers, { ...options, accountIds });
}
