import { execFile } from 'node:child_process';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import { sqliteMigrations } from '../../src/database/migrations/sqlite/index.js';
import { anAccount, insertAccounts } from '../support/accounts.js';
import { openFile } from '../support/databases.js';
import { runSql } from '../support/sql.js';

const dist = join(import.meta.dirname, '..', '..', 'dist');

/** Reads, lets the other process in, and then writes what it read and one more: each time in one transaction. */
const counter = `
  const [dist, path, rounds] = process.argv.slice(1);
  const { openDatabase } = await import(dist + '/database/database.js');
  const { InstagramAccount } = await import(dist + '/accounts/instagram-account.entity.js');
  await using database = await openDatabase({ kind: 'sqlite', path });
  for (let round = 0; round < Number(rounds); round += 1) {
    await database.em().transactional(async (em) => {
      const account = await em.findOneOrFail(InstagramAccount, { accountId: 'shared' });
      await new Promise((resolve) => setTimeout(resolve, 1));
      account.settingsVersion += 1;
    });
  }
`;

test('Processes that read and then write in transactions neither fail nor lose a change.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const databasePath = join(folder.path, 'moca.sqlite');
  {
    await using database = await openFile(databasePath);
    await database.migrate();
    await insertAccounts(database, [anAccount({ accountId: 'shared' })]);
  }
  const [processes, rounds] = [3, 60];
  const run = () =>
    promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      counter,
      dist,
      databasePath,
      `${rounds}`,
    ]);
  const ends = await Promise.allSettled(Array.from({ length: processes }, run));
  expect(ends.filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(
    await runSql({ databaseUrl: `sqlite:${databasePath}` }, 'select settings_version from instagram_account'),
  ).toEqual([{ settings_version: 1 + processes * rounds }]);
});

test('While another process holds the file, whoever reads goes on, whoever writes is refused, and none for ever.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const databasePath = join(folder.path, 'moca.sqlite');
  await using database = await openFile(databasePath);
  await database.migrate();
  await insertAccounts(database, [anAccount({ accountId: 'shared' })]);
  const write = (): Promise<unknown> =>
    database.em().transactional((em) => em.nativeUpdate(InstagramAccount, {}, { settingsVersion: 2 }));
  {
    await using other = await openFile(databasePath);
    const gate = Promise.withResolvers<null>();
    const held = Promise.withResolvers<null>();
    const holding = other.em().transactional(async (em) => {
      await em.nativeUpdate(InstagramAccount, {}, { settingsVersion: 3 });
      held.resolve(null);
      await gate.promise;
    });
    await held.promise;
    const writes = Promise.allSettled([write(), write(), write(), write()]);
    let reads = 0;
    const reader = async (): Promise<void> => {
      while (reads >= 0) {
        await database.em().findOneOrFail(InstagramAccount, { accountId: 'shared' });
        reads += 1;
        await sleep(5);
      }
    };
    const reading = reader();
    const refused = await writes;
    expect(reads).toBeGreaterThan(20);
    reads = Number.NEGATIVE_INFINITY;
    await reading;
    expect(refused).toEqual(
      refused.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'SQLITE_BUSY' }) })),
    );
    const late = write();
    gate.resolve(null);
    await Promise.all([holding, late]);
  }
  await write();
  expect(
    await runSql({ databaseUrl: `sqlite:${databasePath}` }, 'select settings_version from instagram_account'),
  ).toEqual([{ settings_version: 2 }]);
});

test('Processes that start on the same empty file at once all come up, and it is migrated once.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const databasePath = join(folder.path, 'moca.sqlite');
  const starter = `
    const [dist, path] = process.argv.slice(1);
    const { openDatabase } = await import(dist + '/database/database.js');
    await using database = await openDatabase({ kind: 'sqlite', path });
    console.log(await database.migrate());
  `;
  const run = () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '--eval', starter, dist, databasePath]);
  const ends = await Promise.all(Array.from({ length: 5 }, run));
  expect(ends.map(({ stdout }) => Number(stdout)).reduce((sum, count) => sum + count, 0)).toBe(
    sqliteMigrations.length,
  );
});

test('An SQLite database is opened without a word of PostgreSQL being loaded.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const opener = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ resolve: (name, context, next) => (loaded.push(name), next(name, context)) });
    const [dist, path] = process.argv.slice(1);
    const { openDatabase } = await import(dist + '/database/database.js');
    await using database = await openDatabase({ kind: 'sqlite', path });
    await database.migrate();
    console.log(JSON.stringify(loaded));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    opener,
    dist,
    join(folder.path, 'moca.sqlite'),
  ]);
  const loaded = JSON.parse(stdout) as string[];
  expect(loaded).toContain('better-sqlite3');
  expect(loaded.filter((name) => /^(pg|pg-.*|@mikro-orm\/postgresql)$/.test(name))).toEqual([]);
});
