import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Environment } from '../../src/config.js';
import { readCopyArguments } from '../../src/database/copy/copy-arguments.js';
import { copyDatabase } from '../../src/database/copy/copy-database.js';
import { CopyError } from '../../src/database/copy/copy-error.js';
import {
  AccountHistoryDocument,
  CompleteInstagramAuthDocument,
  ConnectionAttemptsDocument,
  InstagramAccessTokenDocument,
  InstagramAccountsDocument,
  RenewalStatusDocument,
  UpdateInstagramAccountSettingsDocument,
  WebhookEventsDocument,
  WebhookStatusDocument,
} from '../../src/generated/graphql.js';
import { DAY, systemClock, type Clock } from '../../src/time.js';
import { send } from './http.js';
import { createNoticeReceiver } from './notice-receiver.js';
import { runSql } from './sql.js';
import { createTestApp, type TestApp } from './test-app.js';
import { aComment, aMessage, notificationOf, postWebhook } from './webhooks.js';

const command = join(import.meta.dirname, '..', '..', 'dist', 'database', 'copy.main.js');

/** How the command ended, and what it wrote. */
export interface CopyRun {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

/** `npm run db:copy -- <args>`, without the build. */
export function runCopy(args: readonly string[], env: Environment = {}): Promise<CopyRun> {
  return startCopy(args, env).ended;
}

/** What the command does, in this process, which is a second faster: for what it refuses. */
export async function tryCopy(from: string, to: string, clock: Clock = systemClock): Promise<CopyRun> {
  const lines: string[] = [];
  const ends = readCopyArguments(['--from', from, '--to', to], {});
  try {
    await copyDatabase({ ...ends, clock, report: (line) => void lines.push(line) });
  } catch (error) {
    if (!(error instanceof CopyError)) throw error;
    return { code: 1, out: lines.join('\n'), errors: error.message };
  }
  return { code: 0, out: lines.join('\n'), errors: '' };
}

/** The same as a process, for tests that do not let it end. */
export function startCopy(
  args: readonly string[],
  env: Environment = {},
): { readonly ended: Promise<CopyRun>; kill(): void } {
  const { promise, resolve } = Promise.withResolvers<CopyRun>();
  const options = { env: { PATH: process.env['PATH'], ...env } };
  const child = execFile(process.execPath, [command, ...args], options, (_error, out, errors) =>
    resolve({ code: child.exitCode, out, errors }),
  );
  return { ended: promise, kill: () => void child.kill('SIGKILL') };
}

/**
 * A server at the end of a month in which everything happened that it keeps: connections, one of them still open,
 * settings, events of a known and of an unknown account, a deletion, an outage with its limit, breaker and notice.
 */
export async function createLivedInApp(databaseUrl: string): Promise<TestApp> {
  await using receiver = await createNoticeReceiver();
  const moca = await createTestApp({
    flow: 'instagram',
    env: { ...receiver.env, DATABASE_URL: databaseUrl, INSTAGRAM_VERIFY_TOKEN: 'made up' },
  });
  const accountIds: string[] = [];
  for (let copy = 1; copy <= 8; copy += 1) {
    accountIds.push((await moca.connect(`page-token#${copy}`)).accountId);
  }
  const [accountId = ''] = accountIds;
  const settings = { systemPrompt: 'Grüße ☕ "quoted"\\\n\ttabs', toneOfVoice: '🦊', keyInformation: '' };
  await moca.admin.send(UpdateInstagramAccountSettingsDocument, { accountId, settings });
  await moca.app.work();
  moca.sandbox.push.connectTo(moca.url);
  await moca.sandbox.push.notify('page-token#1', 'echo');
  await postWebhook(moca, notificationOf(aComment('1', 'of-nobody', 'schöne Grüße ☕')));
  const leaver = await moca.connect('page-token#9');
  const [row] = await runSql(
    { databaseUrl },
    `select grantor_id from instagram_account where account_id = '${leaver.accountId}'`,
  );
  const user_id = String(row?.['grantor_id']);
  await send(moca, '/meta/data-deletion', {
    method: 'POST',
    body: new URLSearchParams({
      signed_request: moca.sandbox.push.signRequest({ user_id }, 'instagram'),
    }),
  });
  await moca.visitor.fail(CompleteInstagramAuthDocument, await moca.consent('rate-limited'));
  // Past what Meta closed its doors for, and in the middle of the tokens' life.
  moca.clock.advance(34 * DAY);
  receiver.answerWith(500);
  moca.sandbox.faults.inject({ fault: 'rate_app', endpoint: 'refresh_access_token' });
  await moca.app.work();
  moca.sandbox.faults.clear();
  // Events of the last days: the others are over.
  await postWebhook(moca, notificationOf(aMessage('1', 'late'), aMessage('1', 'latest')));
  return moca;
}

/** Everything that the API says about what is stored, tokens included. */
export async function everythingSaid(moca: TestApp): Promise<unknown> {
  const accounts = await moca.admin.send(InstagramAccountsDocument, { first: 100 });
  const accountIds = accounts.instagramAccounts.edges.map(({ node }) => node.accountId);
  // First, since the history tells of it.
  const tokens = await Promise.all(
    accountIds.map((accountId) => moca.service.send(InstagramAccessTokenDocument, { accountId })),
  );
  const histories = await Promise.all(
    accountIds.map((accountId) => moca.admin.send(AccountHistoryDocument, { accountId, first: 100 })),
  );
  // By an index that no copy holds: the target makes its own.
  const [account] = accounts.instagramAccounts.edges;
  const filter = { accountNameContains: account?.node.accountName ?? null };
  const { renewalStatus } = await moca.admin.send(RenewalStatusDocument, {});
  return {
    accounts,
    named: await moca.admin.send(InstagramAccountsDocument, { first: 100, filter }),
    histories,
    tokens,
    attempts: await moca.admin.send(ConnectionAttemptsDocument, { first: 100 }),
    events: await moca.service.send(WebhookEventsDocument, { first: 100 }),
    webhooks: await moca.admin.send(WebhookStatusDocument, {}),
    renewals: { ...renewalStatus, limits: renewalStatus.limits.map((one) => JSON.stringify(one)).toSorted() },
  };
}

/** How many rows each table has that the database itself knows of, but for the migrations' own and an index's. */
export async function rowCounts(databaseUrl: string): Promise<Record<string, number>> {
  const tables = await runSql(
    { databaseUrl },
    databaseUrl.startsWith('sqlite:')
      ? "select name from sqlite_master where type = 'table' and name not like 'sqlite%' and name not like 'account_name_t%'"
      : "select table_name as name from information_schema.tables where table_schema = 'public'",
  );
  const names = tables.map(({ name }) => String(name)).filter((name) => name !== 'mikro_orm_migrations');
  const counts: Record<string, number> = {};
  for (const name of names) {
    const [row] = await runSql({ databaseUrl }, `select count(*) as rows from ${name}`);
    counts[name] = Number(row?.['rows']);
  }
  return counts;
}
