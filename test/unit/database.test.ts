import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { AccountEvent } from '../../src/accounts/account-event.entity.js';
import { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import { accountTables } from '../../src/accounts/account-table.js';
import type { Database } from '../../src/database/database.js';
import { anAccount, insertAccounts } from '../support/accounts.js';
import { openFile } from '../support/databases.js';

const temporary = () => mkdtempDisposableSync(join(tmpdir(), 'moca-'));
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

async function pragma(database: Database, name: string): Promise<unknown> {
  const { rows } = await sql
    .raw<Record<string, unknown>>(`pragma ${name}`)
    .execute(accountTables(database.em()));
  return Object.values(rows[0] ?? {})[0];
}

test('The file is made with its folders, and nobody but the owner may read either.', async () => {
  using folder = temporary();
  const path = join(folder.path, 'one', 'two', 'moca.sqlite');
  await using database = await openFile(path);
  await database.migrate();
  expect(modeOf(join(folder.path, 'one'))).toBe('700');
  expect(modeOf(join(folder.path, 'one', 'two'))).toBe('700');
  for (const name of readdirSync(join(folder.path, 'one', 'two'))) {
    expect({ name, mode: modeOf(join(folder.path, 'one', 'two', name)) }).toEqual({ name, mode: '600' });
  }
  expect(existsSync(`${path}-wal`)).toBe(true);
});

test('A file that others could read is closed to them; a folder that was there is left as it is.', async () => {
  using folder = temporary();
  chmodSync(folder.path, 0o755);
  const path = join(folder.path, 'moca.sqlite');
  writeFileSync(path, '', { mode: 0o644 });
  chmodSync(path, 0o644);
  await using database = await openFile(path);
  await database.migrate();
  expect(modeOf(path)).toBe('600');
  expect(modeOf(folder.path)).toBe('755');
});

test('Every connection writes ahead, syncs each commit, keeps foreign keys, waits for others, and wipes.', async () => {
  using folder = temporary();
  await using database = await openFile(join(folder.path, 'moca.sqlite'));
  await database.migrate();
  expect(await pragma(database, 'journal_mode')).toBe('wal');
  expect(await pragma(database, 'synchronous')).toBe(2);
  expect(await pragma(database, 'foreign_keys')).toBe(1);
  expect(await pragma(database, 'busy_timeout')).toBe(50);
  expect(await pragma(database, 'secure_delete')).toBe(1);
  await database.eraseDeleted();
  expect(await pragma(database, 'busy_timeout')).toBe(50);
});

test('An event of an account that is not there cannot be written, and events go with their account.', async () => {
  using folder = temporary();
  await using database = await openFile(join(folder.path, 'moca.sqlite'));
  await database.migrate();
  const event = { account: '1', at: new Date(), type: 'connected', actor: 'system' };
  await expect(database.em().insert(AccountEvent, event)).rejects.toThrow(/FOREIGN KEY/);
  await insertAccounts(database, [anAccount({ accountId: '1' }), anAccount({ accountId: '2' })]);
  await database.em().insert(AccountEvent, event);
  await database.em().insert(AccountEvent, { ...event, account: '2' });
  await database.em().nativeDelete(InstagramAccount, { accountId: '1' });
  const left = await database.em().find(AccountEvent, {});
  expect(left.map(({ account }) => account)).toEqual(['2']);
});

test('A transaction that fails leaves nothing, whichever way it wrote.', async () => {
  using folder = temporary();
  await using database = await openFile(join(folder.path, 'moca.sqlite'));
  await database.migrate();
  const [kept, renamed] = [anAccount({ accountId: 'kept' }), 'renamed'];
  await insertAccounts(database, [kept]);
  const failing = database.em().transactional(async (em) => {
    await em.nativeUpdate(InstagramAccount, { accountId: 'kept' }, { accountName: renamed });
    await accountTables(em).updateTable('instagram_account').set({ tone_of_voice: renamed }).execute();
    em.persist(em.create(AccountEvent, { account: 'kept', at: new Date(), type: 'x', actor: 'x' }));
    await em.flush();
    const seen = await accountTables(em)
      .selectFrom('instagram_account')
      .select('account_name')
      .executeTakeFirst();
    expect(seen?.account_name).toBe(renamed);
    throw new Error('and then it fails');
  });
  await expect(failing).rejects.toThrow('and then it fails');
  const account = await database.em().findOneOrFail(InstagramAccount, { accountId: 'kept' });
  expect(account).toMatchObject({ accountName: kept.accountName, toneOfVoice: null });
  expect(await database.em().count(AccountEvent)).toBe(0);
});

test('What runs beside a transaction that fails is not lost with it.', async () => {
  using folder = temporary();
  await using database = await openFile(join(folder.path, 'moca.sqlite'));
  await database.migrate();
  await insertAccounts(database, [anAccount({ accountId: '1' }), anAccount({ accountId: '2' })]);
  const begun = Promise.withResolvers<void>();
  const failing = database.em().transactional(async (em) => {
    await em.nativeUpdate(InstagramAccount, { accountId: '1' }, { accountName: 'lost' });
    begun.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    throw new Error('roll back');
  });
  await begun.promise;
  const beside = [
    database.em().nativeUpdate(InstagramAccount, { accountId: '2' }, { accountName: 'kept' }),
    accountTables(database.em())
      .updateTable('instagram_account')
      .set({ tone_of_voice: 'kept' })
      .where('account_id', '=', '2')
      .execute(),
  ];
  await expect(failing).rejects.toThrow('roll back');
  await Promise.all(beside);
  const rows = await database.em().find(InstagramAccount, {}, { orderBy: { accountId: 'asc' } });
  expect(rows.map(({ accountName, toneOfVoice }) => [accountName === 'lost', toneOfVoice])).toEqual([
    [false, null],
    [false, 'kept'],
  ]);
  expect(rows[1]?.accountName).toBe('kept');
});

test('What was deleted is wiped from the files, unless another connection is writing just then.', async () => {
  using folder = temporary();
  const path = join(folder.path, 'moca.sqlite');
  await using database = await openFile(path);
  await using other = await openFile(path);
  await database.migrate();
  const bytes = (): string =>
    readdirSync(folder.path)
      .map((name) => readFileSync(join(folder.path, name), 'utf8'))
      .join('');
  await insertAccounts(database, [
    anAccount({ accountId: '1', accountName: 'canary' }),
    anAccount({ accountId: '2' }),
  ]);
  await database.em().nativeDelete(InstagramAccount, { accountId: '1' });
  expect(bytes()).toContain('canary');
  const [writing, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const transaction = other.em().transactional(async (em) => {
    await em.nativeUpdate(InstagramAccount, { accountId: '2' }, { accountName: 'busy' });
    writing.resolve();
    await done.promise;
  });
  await writing.promise;
  await database.eraseDeleted();
  expect(bytes()).toContain('canary');
  done.resolve();
  await transaction;
  await database.eraseDeleted();
  expect(bytes()).not.toContain('canary');
  expect(bytes()).toContain('busy');
});

test('The database is not reachable when its file is gone or replaced, or when it was closed.', async () => {
  using folder = temporary();
  const path = join(folder.path, 'moca.sqlite');
  const database = await openFile(path);
  await database.migrate();
  expect(await database.isReachable()).toBe(true);
  renameSync(path, `${path}.away`);
  expect(await database.isReachable()).toBe(false);
  writeFileSync(path, readFileSync(`${path}.away`));
  expect(await database.isReachable()).toBe(false);
  renameSync(`${path}.away`, path);
  expect(await database.isReachable()).toBe(true);
  await database[Symbol.asyncDispose]();
  expect(await database.isReachable()).toBe(false);
});

test('A path at which no database can be is an error at the start.', async () => {
  using folder = temporary();
  mkdirSync(join(folder.path, 'folder'));
  await expect(openFile(join(folder.path, 'folder'))).rejects.toThrow(/EISDIR/);
  writeFileSync(join(folder.path, 'other'), 'This is no database, however long one looks at it. '.repeat(40));
  await expect(openFile(join(folder.path, 'other'))).rejects.toThrow(/SQLITE_NOTADB/);
});
