import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/sql';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/database/database.js';
import { sqliteMigrations } from '../../src/database/migrations/sqlite/index.js';
import { ormOptions } from '../../src/database/orm-options.js';
import { anAccount, insertAccounts } from '../support/accounts.js';
import { runSql } from '../support/sqlite.js';

test('An empty file gets every migration, and a second start none.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const path = join(folder.path, 'moca.sqlite');
  {
    await using first = await openDatabase(path);
    expect(await first.migrate()).toBe(sqliteMigrations.length);
    expect(await first.migrate()).toBe(0);
    await insertAccounts(first, [anAccount({ accountId: '1' })]);
  }
  await using second = await openDatabase(path);
  expect(await second.migrate()).toBe(0);
  expect(await runSql({ databasePath: path }, 'select account_id from instagram_account')).toEqual([
    { account_id: '1' },
  ]);
});

test('What the migrations make is what the entities say: there is nothing left to change.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const orm = await MikroORM.init(ormOptions(join(folder.path, 'moca.sqlite')));
  try {
    expect((await orm.schema.getUpdateSchemaSQL()).length).toBeGreaterThan(1_000);
    await orm.migrator.up();
    expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
  } finally {
    await orm.close();
  }
});

test('Every order of the list of accounts, the history, and what is read of events is answered from an index.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const databasePath = join(folder.path, 'moca.sqlite');
  await using database = await openDatabase(databasePath);
  await database.migrate();
  const plan = async (query: string): Promise<string> =>
    (await runSql({ databasePath }, `explain query plan ${query}`))
      .map(({ detail }) => String(detail))
      .join('; ');
  for (const column of ['connected_at', 'account_name', 'expiry_order']) {
    for (const [direction, operator] of [
      ['asc', '>'],
      ['desc', '<'],
    ]) {
      const steps = await plan(
        `select * from instagram_account where (${column}, account_id) ${operator} (1, '1')
         order by ${column} ${direction}, account_id ${direction} limit 21`,
      );
      expect(steps).toMatch(/^SEARCH instagram_account USING INDEX instagram_account_\w+ \(/);
    }
  }
  expect(
    await plan(`select * from account_event where account_id = '1' and id < 5 order by id desc limit 21`),
  ).toMatch(/^SEARCH account_event USING INDEX \w+ \(account_id=\? AND (id|rowid)<\?\)$/);
  expect(
    await plan(`select * from webhook_event where account_id = '1' and id > 5 order by id asc limit 21`),
  ).toMatch(/^SEARCH webhook_event USING INDEX \w+ \(account_id=\? AND (id|rowid)>\?\)$/);
  expect(await plan(`select * from webhook_event where id > 5 order by id asc limit 21`)).toMatch(
    /^SEARCH webhook_event USING INTEGER PRIMARY KEY \(rowid>\?\)$/,
  );
  expect(
    await plan(
      `select * from webhook_event where subject = '1' and ended_at is null and id >= 5 order by id asc limit 20`,
    ),
  ).toMatch(/^SEARCH webhook_event USING INDEX webhook_event_open \(ended_at=\? AND subject=\? AND id>\?\)$/);
  expect(await plan('select min(id) from webhook_event where ended_at is null group by subject')).toMatch(
    /^SEARCH webhook_event USING COVERING INDEX webhook_event_open \(ended_at=\?\)$/,
  );
});
