import { expect, test } from 'vitest';
import {
  DisconnectInstagramAccountDocument,
  RefreshInstagramTokenDocument,
  RenewalStatusDocument,
} from '../../src/generated/graphql.js';
import type { FaultName } from '../../src/sandbox/faults.js';
import { DAY, HOUR, MINUTE, plus } from '../../src/time.js';
import { createNoticeReceiver } from '../support/notice-receiver.js';
import { accountOf } from '../support/outcome.js';
import { createProxiedApp } from '../support/proxied-app.js';
import { historyOf } from '../support/reconnecting.js';
import { runSql, sqlTime } from '../support/sql.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const RENEWAL = { endpoint: 'refresh_access_token' } as const;

async function connectMany(moca: TestApp, count: number): Promise<string[]> {
  const accountIds: string[] = [];
  for (let copy = 1; copy <= count; copy += 1) {
    accountIds.push((await moca.connect(`page-token#${copy}`)).accountId);
  }
  return accountIds;
}

async function status(moca: TestApp, app: 'INSTAGRAM' | 'FACEBOOK' = 'INSTAGRAM') {
  const { breakers } = (await moca.admin.send(RenewalStatusDocument, {})).renewalStatus;
  const breaker = breakers.find((one) => one.app === app);
  if (breaker === undefined) throw new Error(`${app} has no breaker.`);
  return breaker;
}

async function readyDetails(moca: TestApp): Promise<unknown> {
  const response = await fetch(`${moca.url}/readyz`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { details: unknown }).details;
}

async function states(moca: TestApp, accountIds: readonly string[]): Promise<string[]> {
  const found = await Promise.all(accountIds.map((id) => accountOf(moca, id)));
  return [...new Set(found.map(({ tokenStatus }) => tokenStatus.state))];
}

/** All are due; every renewal fails so. */
async function breakRenewals(moca: TestApp, fault: FaultName, count = 8): Promise<string[]> {
  const accountIds = await connectMany(moca, count);
  moca.clock.advance(34 * DAY);
  moca.sandbox.faults.inject({ fault, ...RENEWAL });
  await moca.app.work();
  return accountIds;
}

/** Lets the worker renew one account, which is due now, and no other. */
async function renewAlone(moca: TestApp, accountId: string): Promise<void> {
  const later = sqlTime(plus(moca.clock.now(), 20 * DAY));
  await runSql(
    moca,
    `update instagram_account set next_refresh_at =
       case when account_id = '${accountId}' then ${sqlTime(moca.clock.now())} else ${later} end`,
  );
  await moca.app.work();
}

/** Connects accounts that are all due then; some of them get what nobody understands. */
async function garble(moca: TestApp, count: number, copies: readonly number[]): Promise<string[]> {
  const accountIds = await connectMany(moca, count);
  moca.clock.advance(34 * DAY);
  for (const copy of copies) {
    moca.sandbox.faults.inject({ fault: 'broken_json', ...RENEWAL, persona: `page-token#${copy}` });
  }
  return accountIds;
}

async function work(moca: TestApp, days: number): Promise<void> {
  const end = plus(moca.clock.now(), days * DAY);
  while (moca.clock.now() < end) {
    await moca.app.work();
    moca.clock.advance(2 * HOUR);
  }
}

test.each(['app_unknown', 'capability', 'rate_app', 'html_502', 'broken_json'] as const)(
  'When %s hits many accounts, all renewals pause: it is visible, harms nobody, and ends by one that works.',
  async (fault) => {
    await using moca = await createTestApp({ flow: 'instagram' });
    const accountIds = await breakRenewals(moca, fault, 15);
    const openedAt = moca.clock.now();
    const open = await status(moca);
    expect(open).toMatchObject({ state: 'OPEN', retryAt: expect.any(String) });
    expect(await readyDetails(moca)).toEqual({ renewalBreakers: { instagram: 'OPEN', facebook: 'CLOSED' } });
    expect(await states(moca, accountIds)).toEqual(['ACTIVE']);
    // It opened after the first ten, not after all.
    const asked = new Set(moca.sandbox.ledger.calls(RENEWAL).map(({ persona }) => persona));
    expect(asked.size).toBeLessThanOrEqual(10);

    moca.sandbox.ledger.clear();
    moca.clock.set(plus(new Date(open.retryAt ?? 0), -1));
    await moca.app.work();
    expect(moca.sandbox.ledger.count(RENEWAL)).toBe(0);

    moca.sandbox.faults.clear();
    // Whatever limit Meta named has ended by then, too.
    moca.clock.set(plus(openedAt, 6 * HOUR));
    expect((await status(moca)).state).toBe('HALF_OPEN');
    await moca.app.work();
    expect(await status(moca)).toMatchObject({ state: 'CLOSED', openedAt: null, retryAt: null });
    expect(await readyDetails(moca)).toEqual({
      renewalBreakers: { instagram: 'CLOSED', facebook: 'CLOSED' },
    });
    for (const accountId of accountIds) {
      const { tokenStatus } = await accountOf(moca, accountId);
      expect(tokenStatus).toMatchObject({ state: 'ACTIVE', problem: null });
      expect(tokenStatus.lastRefreshedAt).not.toBeNull();
    }
  },
);

test('While it lasts one renewal is tried at a time, after ever longer pauses of at most an hour.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  await breakRenewals(moca, 'app_unknown');
  const pauses: number[] = [];
  for (let probes = 0; probes < 6; probes += 1) {
    const { retryAt } = await status(moca);
    pauses.push((new Date(retryAt ?? 0).getTime() - moca.clock.now().getTime()) / MINUTE);
    moca.sandbox.ledger.clear();
    moca.clock.set(new Date(retryAt ?? 0));
    await moca.app.work();
    await moca.app.work();
    expect(moca.sandbox.ledger.count(RENEWAL)).toBe(1);
  }
  expect(pauses).toEqual([5, 10, 20, 40, 60, 60]);
});

test('Answers that nobody understands, to everybody and for days, end no token.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const accountIds = await breakRenewals(moca, 'broken_json');
  const end = plus(moca.clock.now(), 6 * DAY);
  while (moca.clock.now() < end) {
    moca.clock.advance(HOUR);
    await moca.app.work();
  }
  expect(await states(moca, accountIds)).toEqual(['ACTIVE']);
  moca.sandbox.faults.clear();
  // One more unreadable answer after it has passed is the first again.
  moca.sandbox.faults.inject({ fault: 'broken_json', ...RENEWAL, persona: 'page-token#2' });
  moca.clock.advance(7 * HOUR);
  await moca.app.work();
  moca.clock.advance(HOUR);
  await moca.app.work();
  expect(await states(moca, accountIds)).toEqual(['ACTIVE']);
});

test('Many people who remove the app are no fault of it: their tokens end, and renewals go on.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const accountIds = await breakRenewals(moca, 'app_removed');
  expect((await status(moca)).state).toBe('CLOSED');
  expect(await states(moca, accountIds)).toEqual(['REVOKED']);
});

test('Four accounts that fail among many have nothing in common.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  await connectMany(moca, 8);
  moca.clock.advance(34 * DAY);
  for (const copy of [1, 2, 3, 4]) {
    moca.sandbox.faults.inject({ fault: 'app_unknown', ...RENEWAL, persona: `page-token#${copy}` });
  }
  await moca.app.work();
  expect((await status(moca)).state).toBe('CLOSED');
});

test('A restart does not close it.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const [first = ''] = await breakRenewals(moca, 'app_unknown');
  const before = await status(moca);
  await moca.restart();
  expect(await status(moca)).toEqual(before);
  expect((await historyOf(moca, first)).at(-1)).toMatchObject({ type: 'failed', actor: 'system' });
});

test('Accounts that come due a day apart end no token either, when nobody understands the answers to any.', async () => {
  await using moca = await createTestApp({ flow: 'instagram', env: { LOG_LEVEL: 'silent' } });
  const accountIds = await connectMany(moca, 6);
  const start = plus(moca.clock.now(), 30 * DAY);
  for (const [index, accountId] of accountIds.entries()) {
    const due = plus(start, index * DAY).getTime();
    const expiry = due + 27 * DAY;
    await runSql(
      moca,
      `update instagram_account set next_refresh_at = ${sqlTime(new Date(due))},
         token_issued_at = ${sqlTime(new Date(due - 33.5 * DAY))}, token_expiry = ${sqlTime(new Date(expiry))},
         expiry_order = ${expiry}, state_check_at = ${sqlTime(new Date(due + 20 * DAY))}
       where account_id = '${accountId}'`,
    );
  }
  moca.clock.set(start);
  moca.sandbox.faults.inject({ fault: 'broken_json', ...RENEWAL });
  await work(moca, 7);
  expect(await states(moca, accountIds)).toEqual(['ACTIVE']);
  expect((await status(moca)).state).not.toBe('CLOSED');
});

test('Two accounts do not shield each other: what nobody understands for four days ends both.', async () => {
  await using moca = await createTestApp({ flow: 'instagram', env: { LOG_LEVEL: 'silent' } });
  const accountIds = await garble(moca, 8, [1, 2]);
  await work(moca, 3);
  expect(await states(moca, accountIds)).toEqual(['ACTIVE']);
  await work(moca, 2);
  expect(await states(moca, accountIds.slice(0, 2))).toEqual(['REVOKED']);
  expect(await states(moca, accountIds.slice(2))).toEqual(['ACTIVE']);
});

test('Three accounts that get nothing else are shielded for as long as nobody is answered, and a day more.', async () => {
  await using moca = await createTestApp({ flow: 'instagram', env: { LOG_LEVEL: 'silent' } });
  const accountIds = await garble(moca, 4, [1, 2, 3]);
  const [witness = ''] = accountIds.slice(3);
  await work(moca, 6);
  expect(await states(moca, accountIds)).toEqual(['ACTIVE']);
  await moca.admin.send(RefreshInstagramTokenDocument, { accountId: witness });
  await work(moca, 0.5);
  expect(await states(moca, accountIds)).toEqual(['ACTIVE']);
  await work(moca, 1);
  expect(await states(moca, accountIds.slice(0, 3))).toEqual(['REVOKED']);
});

test('An outage of graph.instagram.com is one incident, whatever graph.facebook.com answers meanwhile.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createTestApp({ env: receiver.env });
  for (let copy = 1; copy <= 6; copy += 1) await moca.connect(`code-101#${copy}`);
  const pages = await connectMany(moca, 4);
  moca.clock.advance(34 * DAY);
  // Pages come due one after the other while it lasts.
  for (const [index, accountId] of pages.entries()) {
    const dueAt = sqlTime(plus(moca.clock.now(), index * 90 * MINUTE));
    await runSql(
      moca,
      `update instagram_account set next_refresh_at = ${dueAt} where account_id = '${accountId}'`,
    );
  }
  moca.sandbox.faults.inject({ fault: 'html_502', ...RENEWAL });
  moca.sandbox.ledger.clear();
  for (let halfHours = 0; halfHours < 24; halfHours += 1) {
    await moca.app.work();
    moca.clock.advance(30 * MINUTE);
  }
  expect(receiver.types()).toEqual(['breaker_opened']);
  expect((await status(moca, 'FACEBOOK')).state).toBe('CLOSED');
  expect(moca.sandbox.ledger.count({ endpoint: 'page_profile' })).toBe(4);
  moca.sandbox.faults.clear();
  moca.clock.advance(2 * HOUR);
  await moca.app.work();
  await moca.app.work();
  expect(receiver.types()).toEqual(['breaker_opened', 'breaker_closed']);
});

test('A probe whose claim was lost meanwhile says nothing of Meta.', async () => {
  await using moca = await createProxiedApp('instagram');
  await connectMany(moca, 6);
  moca.clock.advance(34 * DAY);
  const down = { status: 502, body: {} };
  moca.instagramGraph.intercept(({ path }) => (path === '/refresh_access_token' ? down : null));
  await moca.app.work();
  const { openedAt, retryAt } = await status(moca);
  moca.clock.set(new Date(retryAt ?? 0));
  const arrival = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<typeof down>();
  moca.instagramGraph.intercept(({ path }) => {
    if (path !== '/refresh_access_token') return null;
    arrival.resolve();
    return answer.promise;
  });
  const round = moca.app.work();
  await arrival.promise;
  await runSql(moca, "update instagram_account set fence = 'another' where fence is not null");
  answer.resolve(down);
  await round;
  expect(await status(moca)).toMatchObject({ state: 'HALF_OPEN', openedAt });
});

test('Accounts that failed and were connected again since count for nothing.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const [last = '', ...others] = await connectMany(moca, 5);
  moca.clock.advance(34 * DAY);
  moca.sandbox.faults.inject({ fault: 'app_unknown', ...RENEWAL });
  for (const accountId of others) await renewAlone(moca, accountId);
  for (const copy of [2, 3, 4, 5]) await moca.connect(`page-token#${copy}`);
  moca.clock.advance(HOUR);
  await renewAlone(moca, last);
  expect((await accountOf(moca, last)).tokenStatus.problem?.code).toBe('APP_MISCONFIGURED');
  expect((await status(moca)).state).toBe('CLOSED');
});

test('A short-lived token does not wait for a breaker: it climbs by other endpoints, and has only an hour.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  await breakRenewals(moca, 'app_unknown');
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'ig_exchange_token', times: 3 });
  const { accountId, tokenStatus } = await moca.connect('page-token#9');
  expect(tokenStatus.kind).toBe('SHORT_LIVED');
  moca.clock.advance(MINUTE);
  await moca.app.work();
  expect((await accountOf(moca, accountId)).tokenStatus.kind).toBe('LONG_LIVED');
  expect((await status(moca)).state).toBe('OPEN');
});

test('Short-lived tokens that fail say nothing of the others: they open no breaker.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  moca.sandbox.faults.inject({ fault: 'capability', endpoint: 'ig_exchange_token', times: 6 });
  await connectMany(moca, 6);
  moca.sandbox.faults.inject({ fault: 'html_502', endpoint: 'any' });
  moca.clock.advance(MINUTE);
  await moca.app.work();
  expect((await status(moca)).state).toBe('CLOSED');
});

test('A renewal that somebody asked for and that works closes it, too: all go on, subscriptions included.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const accountIds = await breakRenewals(moca, 'app_unknown', 6);
  moca.sandbox.faults.clear();
  const [first = ''] = accountIds;
  await moca.admin.send(RefreshInstagramTokenDocument, { accountId: first });
  expect((await status(moca)).state).toBe('CLOSED');
  await moca.connect('page-token#9');
  moca.sandbox.ledger.clear();
  await moca.app.work();
  await moca.app.work();
  expect(moca.sandbox.ledger.count({ endpoint: 'subscribe_webhooks', persona: 'page-token#9' })).toBe(1);
});

test.each([
  {
    what: 'was connected again',
    leave: (moca: TestApp, copy: number) => moca.connect(`page-token#${copy}`),
  },
  {
    what: 'has left',
    leave: (moca: TestApp, _copy: number, accountId: string) =>
      moca.admin.send(DisconnectInstagramAccountDocument, { accountId }),
  },
])('It closes when whoever failed $what, and nothing is due any more.', async ({ leave }) => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createTestApp({ flow: 'instagram', env: receiver.env });
  const accountIds = await breakRenewals(moca, 'app_unknown', 6);
  moca.sandbox.faults.clear();
  for (const [index, accountId] of accountIds.entries()) await leave(moca, index + 1, accountId);
  await moca.app.work();
  expect((await status(moca)).state).toBe('OPEN');
  moca.clock.set(new Date((await status(moca)).retryAt ?? Number.NaN));
  await moca.app.work();
  expect((await status(moca)).state).toBe('CLOSED');
  await moca.app.work();
  expect(receiver.types()).toEqual(['breaker_opened', 'breaker_closed']);
});
