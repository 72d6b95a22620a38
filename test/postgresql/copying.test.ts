import { existsSync, mkdtempDisposableSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { expect, test } from 'vitest';
import { accountTables } from '../../src/accounts/account-table.js';
import { WebhookEventsDocument } from '../../src/generated/graphql.js';
import { anAccount, insertAccounts } from '../support/accounts.js';
import {
  createLivedInApp,
  everythingSaid,
  rowCounts,
  runCopy,
  startCopy,
  tryCopy,
  type CopyRun,
} from '../support/copying.js';
import { createEmptyPostgresql, createTestDatabase, openAt } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { administrate } from '../support/postgresql/cluster.js';
import { forkServer } from '../support/server-process.js';
import { runSql } from '../support/sql.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';
import { TestClock } from '../support/test-clock.js';
import { aMessage, notificationOf, postWebhook } from '../support/webhooks.js';

const root = join(import.meta.dirname, '..', '..');
const READY = 'All of it is equal. The target is ready.';

function createFolder() {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  return {
    sqlite: (name = 'moca.sqlite') => `sqlite:${join(folder.path, 'data', name)}`,
    [Symbol.dispose]: () => folder.remove(),
  };
}

/** A database with `count` accounts, `10000` the first. */
async function seed(url: string, count: number): Promise<void> {
  await using database = await openAt(url);
  await database.migrate();
  const ids = Array.from({ length: count }, (_, index) => String(10_000 + index));
  await insertAccounts(
    database,
    ids.map((accountId) => anAccount({ accountId })),
  );
}

async function change(url: string, statements: readonly string[]): Promise<void> {
  await using database = await openAt(url);
  for (const statement of statements) await sql.raw(statement).execute(accountTables(database.em()));
}

/** The lines of the comparison, as their words. */
function compared({ out }: CopyRun): string[][] {
  const lines = out.split('\n');
  const first = lines.findIndex((line) => line.startsWith('table'));
  return lines.slice(first + 1, lines.indexOf(READY)).map((line) => line.split(/\s+/));
}

/** The arguments of the command in the README's section, with the databases of a test in their places. */
function readmeArguments(urls: Readonly<Record<string, string>>): string[] {
  const section = readFileSync(join(root, 'README.md'), 'utf8').split('### Moving from')[1] ?? '';
  const [line = ''] = /^npm run db:copy -- .*$/m.exec(section) ?? [];
  return line
    .replace('npm run db:copy -- ', '')
    .split(' ')
    .map((word) => urls[word] ?? word);
}

/** Ends the server, copies, and starts it on the other database. */
async function move(moca: TestApp, args: readonly string[], to: string): Promise<CopyRun> {
  await moca.app.close();
  const run = await runCopy(args);
  expect(run).toMatchObject({ code: 0, errors: '' });
  await moca.restart({}, { DATABASE_URL: to });
  return run;
}

test('README example: a server goes on on PostgreSQL with everything that it had on SQLite.', async () => {
  using folder = createFolder();
  await using empty = await createEmptyPostgresql();
  const [before, after] = [folder.sqlite(), empty.url];
  await using moca = await createLivedInApp(before);
  // The newest event is gone, as after its time; its number must not be given again.
  const [gone] = await runSql({ databaseUrl: before }, 'select max(id) as id from webhook_event');
  await runSql({ databaseUrl: before }, `delete from webhook_event where id = ${Number(gone?.['id'])}`);
  const said = await everythingSaid(moca);
  await moca.app.close();
  const counts = await rowCounts(before);
  expect(Object.entries(counts).filter(([, rows]) => rows === 0)).toEqual([]);

  const args = readmeArguments({
    'sqlite:./data/moca.sqlite': before,
    'postgresql://moca@db.example.com:5432/moca?sslmode=verify-full': after,
  });
  expect(args).toEqual(['--from', before, '--to', after]);
  const run = await move(moca, args, after);
  expect(run.out).toContain(READY);
  expect(Object.fromEntries(compared(run).map(([name, rows]) => [name, Number(rows)]))).toEqual(counts);
  for (const line of compared(run))
    expect(line.slice(2)).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/), 'equal']);
  expect(await rowCounts(after)).toEqual(counts);
  // Looking at the tokens again adds nothing to the day's history.
  expect(await everythingSaid(moca)).toEqual(said);

  const { webhookEvents } = await moca.service.send(WebhookEventsDocument, { first: 100 });
  await postWebhook(moca, notificationOf(aMessage('1', 'after the move')));
  const next = await moca.service.send(WebhookEventsDocument, { after: webhookEvents.pageInfo.endCursor });
  expect(next.webhookEvents.edges).toHaveLength(1);
  const [newest] = await runSql({ databaseUrl: after }, 'select max(id) as id from webhook_event');
  expect(newest?.['id']).toBe(Number(gone?.['id']) + 1);
});

test('A server goes on on SQLite with everything that it had on PostgreSQL.', async () => {
  using folder = createFolder();
  const to = folder.sqlite();
  await using moca = await createTestApp();
  await moca.connect('page-token');
  await postWebhook(moca, notificationOf(aMessage('1', 'before'), aMessage('1', 'gone')));
  await runSql(moca, 'delete from webhook_event where id = 2');
  const said = await everythingSaid(moca);
  await move(moca, ['--from', moca.databaseUrl, '--to', to], to);
  expect(await everythingSaid(moca)).toEqual(said);
  await postWebhook(moca, notificationOf(aMessage('1', 'after')));
  expect(await runSql({ databaseUrl: to }, 'select id from webhook_event order by id')).toEqual([
    { id: 1 },
    { id: 3 },
  ]);
});

test('A copy that is killed midway is gone on with by the same command, whatever the source has become; no server starts in between.', async () => {
  using folder = createFolder();
  await using target = await createTestDatabase();
  const source = folder.sqlite();
  await seed(source, 1_000);
  const professional = (id: number, accountId: string): string =>
    `update instagram_account set professional_account_id = '${id}' where account_id = '${accountId}'`;
  await change(source, [professional(1, '10001')]);
  const args = ['--from', source, '--to', target.url];

  // Somebody else is about to insert the 501st account: the copy stands before it, two batches done.
  const blocker = new pg.Client(target.url);
  await blocker.connect();
  await blocker.query('begin');
  await blocker.query(
    `insert into instagram_account (account_id, account_name, display_name, flow, token_kind, token_issued_at,
       expiry_order, token_version, scopes, missing_scopes, connection_steps, settings_version, connected_at, updated_at)
     values ('10500', '', '', '', '', now(), 0, 1, '[]', '[]', '[]', 1, now(), now())`,
  );
  const whoWaits = "datname = current_database() and wait_event_type = 'Lock'";
  const victim = startCopy(args);
  await eventually(async () => {
    expect(await administrate(target.url, `select 1 from pg_stat_activity where ${whoWaits}`)).toHaveLength(
      1,
    );
  });
  victim.kill();
  await victim.ended;
  // What it had sent would still be done, like what a server had that is killed.
  await administrate(
    target.url,
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity where ${whoWaits}`,
  );
  await blocker.query('rollback');
  await blocker.end();
  expect((await rowCounts(target.url))['instagram_account']).toBe(400);
  const versionOf = (accountId: string) =>
    administrate(target.url, `select xmin from instagram_account where account_id = '${accountId}'`);
  const untouched = await versionOf('10000');

  const server = forkServer(
    {
      DATABASE_URL: target.url,
      INSTAGRAM_CLIENT_ID: '1',
      INSTAGRAM_CLIENT_SECRET: 'made up',
      TOKEN_ENCRYPTION_KEYS: `test:${testSecrets.ringKey}`,
    },
    { path: join(root, 'dist', 'server', 'main.js'), args: [] },
  );
  expect(await server.ended).toBe(78);
  expect(server.log.join('\n')).toContain('that is not finished; run the same npm run db:copy to its end');
  const other = folder.sqlite('other.sqlite');
  await seed(other, 1);
  expect(await tryCopy(other, target.url)).toMatchObject({
    code: 1,
    errors: `--to: holds a copy of ${source} that is not finished; empty it first`,
  });

  // What is unique goes to another row, a row changes, and one goes away.
  await change(source, [
    professional(2, '10001'),
    professional(1, '10002'),
    "update instagram_account set scopes = '[\"new\"]' where account_id = '10003'",
    "delete from instagram_account where account_id = '10004'",
  ]);
  const run = await runCopy(args);
  expect(run).toMatchObject({ code: 0, errors: '' });
  expect(run.out).toContain('instagram_account: 603 rows copied');
  expect(await rowCounts(target.url)).toMatchObject({ instagram_account: 999 });
  expect(await versionOf('10000')).toEqual(untouched);
  expect(
    await runSql(
      { databaseUrl: target.url },
      "select professional_account_id, scopes from instagram_account where account_id in ('10001', '10002', '10003') order by account_id",
    ),
  ).toEqual([
    { professional_account_id: '2', scopes: '[]' },
    { professional_account_id: '1', scopes: '[]' },
    { professional_account_id: null, scopes: '["new"]' },
  ]);
});

test('A target that holds anything else is left as it is; one that holds all of it already is told equal.', async () => {
  using folder = createFolder();
  await using target = await createTestDatabase();
  const source = folder.sqlite();
  await seed(source, 3);
  expect(await tryCopy(source, target.url)).toMatchObject({
    code: 0,
    out: expect.stringContaining('3 rows copied'),
  });
  const again = await tryCopy(source, target.url);
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('Nothing is left to copy.') });
  expect(again.out).toContain(READY);

  // As a server would that works on the target by now.
  const change = "update instagram_account set token_version = 2 where account_id = '10001'";
  await runSql({ databaseUrl: target.url }, change);
  expect(await tryCopy(source, target.url)).toEqual({
    code: 1,
    out: expect.not.stringContaining('rows copied'),
    errors:
      "--to: holds data (instagram_account) that is not the source's as it is now; nothing was written, empty it first",
  });
  expect(
    await runSql(
      { databaseUrl: target.url },
      'select token_version from instagram_account order by account_id',
    ),
  ).toEqual([{ token_version: 1 }, { token_version: 2 }, { token_version: 1 }]);
});

test('What the target changes on its way in is found out: the command fails and names the table.', async () => {
  using folder = createFolder();
  await using target = await createTestDatabase();
  const source = folder.sqlite();
  await seed(source, 3);
  await administrate(
    target.url,
    `create function shout() returns trigger language plpgsql as $$
       begin new.display_name := upper(new.display_name); return new; end $$;
     create trigger shouting before insert on instagram_account for each row execute function shout();`,
  );
  const run = await runCopy(['--from', source, '--to', target.url]);
  expect(run).toMatchObject({ code: 1, errors: expect.stringMatching(/^The two are different/) });
  expect(run.out).toMatch(/^instagram_account +3 +[0-9a-f]{12} +DIFFERENT \(3 rows at the target\)$/m);
  expect(run.out).not.toContain(READY);
  await administrate(target.url, 'drop function shout() cascade');
});

test('A row that the target cannot hold is named, and no other value of it.', async () => {
  using folder = createFolder();
  await using target = await createTestDatabase();
  const source = folder.sqlite();
  await seed(source, 3);
  await runSql(
    { databaseUrl: source },
    "update instagram_account set display_name = 'hush', token_version = 3000000000 where account_id = '10001'",
  );
  expect(await tryCopy(source, target.url)).toMatchObject({
    code: 1,
    errors: '--to: does not take the row ["10001"] of instagram_account (22003)',
  });
});

test('While a server is at work on either database nothing is copied.', async () => {
  using folder = createFolder();
  await using target = await createTestDatabase();
  const source = folder.sqlite();
  await seed(source, 1);
  for (const [url, option] of [
    [target.url, '--to'],
    [source, '--from'],
  ] as const) {
    await using working = await openAt(url);
    expect(await working.isReachable()).toBe(true);
    expect(await tryCopy(source, target.url, new TestClock())).toEqual({
      code: 1,
      out: '',
      errors: `${option}: a server or a command is at work on it; stop it first`,
    });
  }
  expect((await rowCounts(target.url))['instagram_account']).toBe(0);
});

test('A source that is not there, not migrated, or the target itself is refused, and nothing is made of it.', async () => {
  using folder = createFolder();
  await using empty = await createEmptyPostgresql();
  await using target = await createTestDatabase();
  const nowhere = folder.sqlite();
  const refusal = async (from: string, to: string): Promise<string> => {
    const run = await tryCopy(from, to);
    expect(run).toMatchObject({ code: 1, out: '' });
    return run.errors;
  };
  expect(await refusal(nowhere, target.url)).toBe('--from: there is no such file');
  expect(await refusal(empty.url, nowhere)).toContain('--from: does not have the schema of this version');
  expect(existsSync(nowhere.replace('sqlite:', ''))).toBe(false);
  expect(await refusal(target.url, target.url)).toBe('--from and --to are the same database');
});

test('No password is written anywhere, and what is left out is the database of DATABASE_URL.', async () => {
  using folder = createFolder();
  await using target = await createTestDatabase();
  const source = folder.sqlite();
  await seed(source, 1);
  const url = new URL(target.url);
  url.password = 'hush-hush';
  const elsewhere = new URL('/not_there', url);
  // One after the other: each is to have its databases for itself.
  const runs = [
    await runCopy(['--from', source], { DATABASE_URL: url.href }),
    await runCopy(['--from', target.url, '--to', elsewhere.href]),
    await runCopy(['--from', source, elsewhere.href]),
  ] as const;
  expect(runs.map(({ code }) => code)).toEqual([0, 1, 78]);
  for (const { out, errors } of runs) expect(out + errors).not.toContain('hush-hush');
  expect(runs[0].out).toContain(`Copying ${source} to ${target.url.replace('moca@', '')}\n`);
  expect(runs[2].errors).toMatch(/^Argument 3 belongs to no option\.\nnpm run/);
});
