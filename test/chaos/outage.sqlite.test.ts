import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AuthAttempt } from '../../src/oauth/auth-attempt.entity.js';
import { databaseFile, openAt } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { Load } from './load.js';
import { createServers } from './servers.js';
import { size } from './size.js';

const dist = join(import.meta.dirname, '..', '..', 'dist');

/** Holds the file's write lock until it is told to let go. */
const holder = `
  import { once } from 'node:events';
  const [dist, path] = process.argv.slice(1);
  const { openDatabase } = await import(dist + '/database/database.js');
  await using database = await openDatabase({ kind: 'sqlite', path });
  const released = once(process, 'message');
  await database.em().transactional(async () => {
    process.send('held');
    await released;
  });
  process.disconnect();
`;

/** What may be heard of a file that somebody else holds: each is to be asked again. */
const RETRYABLE = ['503 INTERNAL_SERVER_ERROR true', '200 CONNECTION_PENDING true', '503 RATE_LIMITED true'];

test(
  'A file that another process holds locked is told clearly to every caller who would write, and nothing is lost.',
  {
    timeout: size.timeoutMs,
  },
  async ({ annotate }) => {
    await using servers = await createServers('moca');
    const { sandbox } = servers;
    const { url } = await servers.start();
    using load = new Load({ sandbox, url: () => url });
    load.start({ people: 3, programs: 3 });
    await eventually(() => expect(load.accountIds.size).toBeGreaterThan(3));
    const args = ['--input-type=module', '--eval', holder, dist, databaseFile(servers)];
    const other = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    await once(other, 'message');
    await sleep(size.outageMs);
    await eventually(
      () => expect(load.calls.filter(({ end }) => end === '503 INTERNAL_SERVER_ERROR true')).not.toEqual([]),
      { deadlineMs: size.timeoutMs },
    );
    other.send('let go');
    await once(other, 'exit');
    const after = load.calls.length;
    await eventually(
      () => expect(load.calls.slice(after).filter(({ end }) => end === 'data').length).toBeGreaterThan(6),
      { deadlineMs: size.timeoutMs },
    );
    await load.stop().ended;
    const ends = Object.groupBy(load.calls, ({ end }) => end ?? 'none');
    await annotate(
      JSON.stringify(Object.fromEntries(Object.entries(ends).map(([end, calls]) => [end, calls?.length]))),
    );
    expect(Object.keys(ends).filter((end) => end !== 'data' && !RETRYABLE.includes(end))).toEqual([]);
    expect(await load.finish()).toEqual([]);
    await using database = await openAt(servers.databaseUrl);
    expect(await database.em().count(AuthAttempt, { status: { $ne: 'saved' } })).toBe(0);
  },
);
