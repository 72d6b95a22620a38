import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/sql';
import { expect, test } from 'vitest';
import { sqliteMigrations } from '../../src/database/migrations/sqlite/index.js';
import { sqliteOptions } from '../../src/database/sqlite-options.js';
import { anAccount, insertAccounts } from '../support/accounts.js';
import { openFile } from '../support/databases.js';
import { runSql } from '../support/sql.js';

test('An empty file gets every migration, and a second start none.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const path = join(folder.path, 'moca.sqlite');
  {
    await using first = await openFile(path);
    expect(await first.migrate()).toBe(sqliteMigrations.length);
    expect(await first.migrate()).toBe(0);
    await insertAccounts(first, [anAccount({ accountId: '1' })]);
  }
  await using second = await openFile(path);
  expect(await second.migrate()).toBe(0);
  expect(await runSql({ databaseUrl: `sqlite:${path}` }, 'select account_id from instagram_account')).toEqual(
    [{ account_id: '1' }],
  );
});

test('What the migrations make is what the entities say: there is nothing left to change.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const orm = await MikroORM.init(sqliteOptions(join(folder.path, 'moca.sqlite')));
  try {
    expect((await orm.schema.getUpdateSchemaSQL()).length).toBeGreaterThan(1_000);
    await orm.migrator.up();
    expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
  } finally {
    await orm.close();
  }
});

test('Accounts from before the schedule get one, by their kind; ended ones get none.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const databasePath = join(folder.path, 'moca.sqlite');
  const orm = await MikroORM.init(sqliteOptions(databasePath));
  const day = 86_400_000;
  const issued = Date.UTC(2026, 9, 1);
  const row = (id: string, kind: string, expiry: number | null, end: string | null): string =>
    `('${id}', 'name', 'name', 'moca', '${kind}', ${end === 'DISCONNECTED' ? 'null' : "'sealed'"}, ${issued},
      ${expiry}, ${expiry ?? 8.64e15}, 1, ${end === null ? 'null' : `'${end}'`}, '[]', '[]', '[]', 1, ${issued}, ${issued + day})`;
  try {
    await orm.migrator.up({ to: '20261122-initial' });
    await orm.em
      .fork()
      .getConnection()
      .execute(
        `insert into instagram_account (account_id, account_name, display_name, flow, token_kind, access_token,
         token_issued_at, token_expiry, expiry_order, token_version, token_end, scopes, missing_scopes,
         connection_steps, settings_version, connected_at, updated_at)
       values ${[
         row('page', 'PAGE', null, null),
         row('long', 'LONG_LIVED', issued + 60 * day, null),
         row('brief', 'LONG_LIVED', issued + day, null),
         row('short', 'SHORT_LIVED', issued + day / 12, null),
         row('revoked', 'LONG_LIVED', issued + 60 * day, 'REVOKED'),
         row('gone', 'PAGE', null, 'DISCONNECTED'),
       ].join(', ')}`,
      );
    await orm.migrator.up();
  } finally {
    await orm.close();
  }
  const rows = await runSql(
    { databaseUrl: `sqlite:${databasePath}` },
    'select account_id, next_refresh_at, state_check_at from instagram_account',
  );
  expect(
    Object.fromEntries(
      rows.map((one) => [one['account_id'], [one['next_refresh_at'], one['state_check_at']]]),
    ),
  ).toEqual({
    page: [issued + 8 * day, null],
    long: [issued + 30 * day, issued + 53 * day],
    brief: [issued + day, issued - 6 * day],
    short: [issued + 60_000, issued + day / 12],
    revoked: [null, null],
    gone: [null, null],
  });
});

test('Accounts from before the index of names are in it, too.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const path = join(folder.path, 'moca.sqlite');
  const orm = await MikroORM.init(sqliteOptions(path));
  await orm.migrator.up({ to: '20261127-account-ranges' });
  await orm.close();
  await using database = await openFile(path);
  await insertAccounts(database, [anAccount({ accountId: '1', accountName: 'Moca_Roma' }), anAccount()]);
  await database.migrate();
  const found = `select owner from account_name_trigrams join account_name_text on id = account_name_trigrams.rowid
    where account_name_trigrams match '"a_r"'`;
  expect(await runSql({ databaseUrl: `sqlite:${path}` }, found)).toEqual([{ owner: '1' }]);
});

test('Every order of the list of accounts, the history, what is due and what is read of events is answered from an index.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const databasePath = join(folder.path, 'moca.sqlite');
  await using database = await openFile(databasePath);
  await database.migrate();
  const plan = async (query: string): Promise<string> =>
    (await runSql({ databaseUrl: `sqlite:${databasePath}` }, `explain query plan ${query}`))
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
  // By its time alone: of tokens of a kind, or that live, there are as many as there are accounts.
  for (const [column, index] of [
    ['next_refresh_at', 'due'],
    ['subscription_check_at', 'subscription'],
    ['state_check_at', 'state_check'],
  ]) {
    expect(
      await plan(
        `select account_id from instagram_account where ${column} <= 5
         and token_kind in ('LONG_LIVED', 'SHORT_LIVED') order by ${column} limit 10`,
      ),
    ).toBe(`SEARCH instagram_account USING INDEX instagram_account_${index} (${column}<?)`);
  }
  expect(await plan('select min(id) from webhook_event where ended_at is null group by subject')).toMatch(
    /^SEARCH webhook_event USING COVERING INDEX webhook_event_open \(ended_at=\?\)$/,
  );
});
