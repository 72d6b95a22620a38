import { expect, test } from 'vitest';
import {
  CompleteInstagramAuthDocument,
  DeleteInstagramAccountDocument,
  RefreshInstagramTokenDocument,
  RenewalStatusDocument,
} from '../../src/generated/graphql.js';
import { DAY, HOUR, MINUTE, SECOND, plus } from '../../src/time.js';
import { eventually } from '../support/eventually.js';
import { accountOf, callCounts } from '../support/outcome.js';
import { createProxiedApp } from '../support/proxied-app.js';
import { runSql } from '../support/sql.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const FORTY_DAYS_MS = 40 * DAY;

async function limitsOf(moca: TestApp) {
  return (await moca.admin.send(RenewalStatusDocument, {})).renewalStatus.limits;
}

async function renewed(moca: TestApp, accountIds: readonly string[]): Promise<boolean[]> {
  return Promise.all(
    accountIds.map(async (id) => (await accountOf(moca, id)).tokenStatus.lastRefreshedAt !== null),
  );
}

async function connectTwo(moca: TestApp): Promise<[string, string]> {
  const one = await moca.connect('page-token');
  const other = await moca.connect('page-token#2');
  return [one.accountId, other.accountId];
}

test('At 95 % of the calls of an app nothing runs in the background, but whoever asks is served.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const [one, other] = await connectTwo(moca);
  moca.clock.advance(FORTY_DAYS_MS);
  moca.sandbox.setUsage({ app: 95 });
  await moca.admin.send(RefreshInstagramTokenDocument, { accountId: one });
  expect(await limitsOf(moca)).toMatchObject([
    { scope: 'app:instagram', blocksAll: false, until: plus(moca.clock.now(), 5 * MINUTE).toISOString() },
  ]);
  moca.sandbox.ledger.clear();
  await moca.app.work();
  expect(callCounts(moca.sandbox)).toEqual({});
  expect(await renewed(moca, [one, other])).toEqual([true, false]);

  moca.sandbox.setUsage({ app: 94 });
  moca.clock.advance(5 * MINUTE);
  await moca.app.work();
  expect(await renewed(moca, [one, other])).toEqual([true, true]);
  expect(await limitsOf(moca)).toEqual([]);
});

test('A limit of the Instagram app leaves the pages of the Facebook app alone.', async () => {
  await using moca = await createTestApp();
  const { accountId: page } = await moca.connect('page-token');
  const { accountId: long } = await moca.connect('code-101');
  moca.clock.advance(FORTY_DAYS_MS);
  moca.sandbox.faults.inject({ fault: 'rate_app', endpoint: 'refresh_access_token', minutes: 60 });
  await moca.app.work();
  expect(await renewed(moca, [page, long])).toEqual([true, false]);
});

test('The minutes that Meta names for one account hold for everybody who would renew it, and for no other.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const [one, other] = await connectTwo(moca);
  moca.clock.advance(FORTY_DAYS_MS);
  const fault = { fault: 'rate_instagram', minutes: 19, endpoint: 'refresh_access_token' } as const;
  moca.sandbox.faults.inject({ ...fault, persona: 'page-token#2' });
  await moca.app.work();
  expect(await renewed(moca, [one, other])).toEqual([true, false]);
  moca.sandbox.faults.clear();
  moca.sandbox.ledger.clear();
  moca.clock.advance(19 * MINUTE - 1_000);
  const refusal = await moca.admin.fail(RefreshInstagramTokenDocument, { accountId: other });
  expect(refusal.extensions).toMatchObject({
    code: 'META_RATE_LIMITED',
    retryable: true,
    retryAfterSeconds: 1,
  });
  await moca.app.work();
  expect(callCounts(moca.sandbox)).toEqual({});
  moca.clock.advance(1_000);
  await moca.app.work();
  expect(await renewed(moca, [one, other])).toEqual([true, true]);
});

test('What an answer tells of a business in its headers is obeyed without any refusal.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const [one, other] = await connectTwo(moca);
  const { professionalAccountId } = await accountOf(moca, other);
  moca.clock.advance(FORTY_DAYS_MS);
  moca.sandbox.setUsage({ business: { id: professionalAccountId ?? '', percent: 100, regainMinutes: 45 } });
  await moca.admin.send(RefreshInstagramTokenDocument, { accountId: one });
  moca.sandbox.setUsage({});
  expect(await limitsOf(moca)).toMatchObject([
    { scope: `business:${professionalAccountId}`, blocksAll: true },
  ]);
  const refusal = await moca.admin.fail(RefreshInstagramTokenDocument, { accountId: other });
  expect(refusal.extensions).toMatchObject({ code: 'META_RATE_LIMITED', retryAfterSeconds: 45 * 60 });
  await moca.app.work();
  const { tokenStatus } = await accountOf(moca, other);
  expect(tokenStatus).toMatchObject({
    lastRefreshedAt: null,
    nextRefreshAt: plus(moca.clock.now(), 45 * MINUTE).toISOString(),
    problem: null,
  });
});

test('A limit outlives the server that met it, and another server on the same database obeys it.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const [one, other] = await connectTwo(moca);
  moca.clock.advance(FORTY_DAYS_MS);
  moca.sandbox.faults.inject({ fault: 'rate_app', endpoint: 'refresh_access_token', minutes: 120 });
  await moca.admin.fail(RefreshInstagramTokenDocument, { accountId: one });
  moca.sandbox.faults.clear();
  await moca.restart();
  moca.sandbox.ledger.clear();
  moca.clock.advance(2 * HOUR - 1);
  await moca.app.work();
  expect(
    (await moca.admin.fail(RefreshInstagramTokenDocument, { accountId: other })).extensions,
  ).toMatchObject({
    code: 'META_RATE_LIMITED',
    retryAfterSeconds: 1,
  });
  expect(callCounts(moca.sandbox)).toEqual({});
  moca.clock.advance(1);
  await moca.app.work();
  expect(await renewed(moca, [one, other])).toEqual([true, true]);
});

test.each([
  { fault: 'rate_app', scope: 'app:instagram' },
  { fault: 'rate_instagram', scope: 'account:' },
  { fault: 'policy_block', scope: 'account:' },
] as const)(
  'A renewal whose first call meets $fault asks nothing more, and keeps the limit.',
  async (one) => {
    await using moca = await createTestApp({ flow: 'instagram' });
    const { accountId } = await moca.connect('page-token');
    moca.clock.advance(FORTY_DAYS_MS);
    moca.sandbox.ledger.clear();
    moca.sandbox.faults.inject({ fault: one.fault, endpoint: 'ig_me', times: 1, minutes: 19 });
    await moca.app.work();
    expect(callCounts(moca.sandbox)).toEqual({ ig_me: 1 });
    expect((await limitsOf(moca)).map(({ scope }) => scope)).toContainEqual(
      expect.stringContaining(one.scope),
    );
    expect((await accountOf(moca, accountId)).tokenStatus.problem?.code).toBe('META_RATE_LIMITED');
  },
);

test('A short-lived token whose climb meets a limit asks that host nothing more.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  moca.sandbox.faults.inject({ fault: 'capability', endpoint: 'ig_exchange_token', times: 1 });
  const { accountId } = await moca.connect('page-token');
  moca.sandbox.faults.inject({ fault: 'rate_user', endpoint: 'ig_exchange_token', times: 1, minutes: 7 });
  moca.sandbox.ledger.clear();
  moca.clock.advance(MINUTE);
  await moca.app.work();
  expect(callCounts(moca.sandbox)).toEqual({ ig_exchange_token: 1 });
  const { tokenStatus } = await accountOf(moca, accountId);
  expect(tokenStatus).toMatchObject({
    kind: 'SHORT_LIVED',
    nextRefreshAt: plus(moca.clock.now(), 7 * MINUTE).toISOString(),
  });
});

test.each([
  {
    what: 'has closed graph.facebook.com',
    limit: async (moca: TestApp, accountId: string) => {
      moca.sandbox.faults.inject({ fault: 'rate_app', endpoint: 'page_profile', minutes: 120, times: 1 });
      await moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
    },
  },
  {
    what: 'leaves graph.facebook.com to those who wait',
    limit: async (moca: TestApp, accountId: string) => {
      moca.sandbox.setUsage({ app: 95 });
      await moca.admin.send(RefreshInstagramTokenDocument, { accountId });
      moca.sandbox.setUsage({});
    },
  },
])('While Meta $what, a short-lived token climbs by Instagram alone.', async ({ limit }) => {
  await using moca = await createTestApp();
  const page = await moca.connect('page-token');
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'ig_exchange_token', times: 3 });
  const { accountId, tokenStatus } = await moca.connect('code-101');
  expect(tokenStatus.kind).toBe('SHORT_LIVED');
  await limit(moca, page.accountId);
  moca.sandbox.ledger.clear();
  moca.clock.advance(MINUTE);
  await moca.app.work();
  expect((await accountOf(moca, accountId)).tokenStatus).toMatchObject({ kind: 'LONG_LIVED', problem: null });
  expect(moca.sandbox.ledger.count({ endpoint: 'fb_exchange_token' })).toBe(0);
});

test('… and keeps to its timetable when Instagram has a passing fault meanwhile.', async () => {
  await using moca = await createTestApp();
  const page = await moca.connect('page-token');
  moca.sandbox.faults.inject({ fault: 'rate_app', endpoint: 'page_profile', minutes: 120, times: 1 });
  await moca.admin.fail(RefreshInstagramTokenDocument, { accountId: page.accountId });
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'ig_exchange_token', times: 6 });
  const connectedAt = moca.clock.now();
  const { accountId } = await moca.connect('code-101');
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'ig_me', times: 6 });
  moca.clock.set(plus(connectedAt, MINUTE + 10 * SECOND));
  await moca.app.work();
  const { problem, nextRefreshAt } = (await accountOf(moca, accountId)).tokenStatus;
  expect(problem?.code).toBe('META_UNAVAILABLE');
  moca.clock.set(new Date(nextRefreshAt ?? Number.NaN));
  expect(moca.clock.now().getTime()).toBeLessThan(plus(connectedAt, 6 * MINUTE).getTime());
  await moca.app.work();
  expect((await accountOf(moca, accountId)).tokenStatus.kind).toBe('LONG_LIVED');
});

test('Nobody is connected while Meta has closed the app: the connection is put off, and made when it opens.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  moca.clock.advance(2 * DAY);
  moca.sandbox.faults.inject({ fault: 'rate_app', endpoint: 'refresh_access_token', minutes: 30, times: 1 });
  await moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
  moca.sandbox.ledger.clear();
  const callback = await moca.consent('page-token#2');
  const refusal = await moca.visitor.fail(CompleteInstagramAuthDocument, callback);
  expect(refusal.extensions).toMatchObject({
    code: 'META_RATE_LIMITED',
    retryable: true,
    retryAfterSeconds: 30 * 60,
  });
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(0);
  moca.clock.advance(30 * MINUTE);
  const { completeInstagramAuth } = await moca.visitor.send(CompleteInstagramAuthDocument, callback);
  expect(completeInstagramAuth.accountName).toBe('moca_page_token_2');
});

test('What a sweep takes up waits at 95 %, and whoever comes back for it does not.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'code_exchange', times: 3 });
  const callback = await moca.consent('page-token');
  await moca.visitor.fail(CompleteInstagramAuthDocument, callback);
  moca.sandbox.setUsage({ app: 96 });
  await moca.connect('page-token#2');
  moca.sandbox.setUsage({});
  moca.sandbox.ledger.clear();
  moca.clock.advance(2 * MINUTE);
  await eventually(async () => {
    const [attempt] = await runSql(moca, "select postponements from auth_attempt where status = 'new'");
    expect(attempt).toEqual({ postponements: 2 });
  });
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(0);
});

test('In the moca flow a closed graph.facebook.com is not asked: the ladder goes down without it.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  moca.sandbox.faults.inject({ fault: 'rate_app', endpoint: 'page_profile', minutes: 30, times: 1 });
  await moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
  moca.sandbox.ledger.clear();
  const { tokenStatus, connection } = await moca.connect('code-101');
  expect(tokenStatus.kind).toBe('LONG_LIVED');
  expect(connection.steps.find(({ step }) => step === 'fb_exchange_token')).toMatchObject({
    outcome: 'FAILED',
    problem: { code: 'META_RATE_LIMITED' },
  });
  expect(moca.sandbox.ledger.count({ endpoint: 'fb_exchange_token' })).toBe(0);
});

test('A deleted account leaves no limit behind, not even one that its last renewal met.', async () => {
  await using moca = await createProxiedApp('instagram');
  const { accountId } = await moca.connect('page-token');
  moca.clock.advance(FORTY_DAYS_MS);
  moca.instagramGraph.intercept(async ({ path }) => {
    if (path !== '/refresh_access_token') return null;
    await moca.admin.send(DeleteInstagramAccountDocument, { accountId });
    return { status: 400, body: { error: { message: 'Too many.', type: 'OAuthException', code: 80_002 } } };
  });
  await moca.app.work();
  expect(await runSql(moca, 'select scope from meta_limit')).toEqual([]);
});

test('A shorter limit does not shorten a longer one.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const [one] = await connectTwo(moca);
  moca.clock.advance(FORTY_DAYS_MS);
  for (const app of [95, 99]) {
    moca.sandbox.setUsage({ app });
    await moca.admin.send(RefreshInstagramTokenDocument, { accountId: one }).catch(() => undefined);
  }
  moca.sandbox.setUsage({ business: { id: '1784', percent: 100, regainMinutes: 90 } });
  const { accountId } = await moca.connect('page-token#3');
  moca.sandbox.setUsage({ business: { id: '1784', percent: 100, regainMinutes: 5 } });
  moca.clock.advance(DAY);
  const before = await limitsOf(moca);
  await moca.admin.send(RefreshInstagramTokenDocument, { accountId });
  expect(before).toEqual([]);
  expect((await limitsOf(moca)).map(({ until }) => until)).toEqual([
    plus(moca.clock.now(), 5 * MINUTE).toISOString(),
  ]);
  moca.sandbox.setUsage({ business: { id: '1784', percent: 100, regainMinutes: 1 } });
  await moca.connect('page-token#4');
  expect((await limitsOf(moca)).map(({ until }) => until)).toEqual([
    plus(moca.clock.now(), 5 * MINUTE).toISOString(),
  ]);
});
