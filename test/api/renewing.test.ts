import { describe, expect, test } from 'vitest';
import { RefreshInstagramTokenDocument, RenewalStatusDocument } from '../../src/generated/graphql.js';
import { DAY, HOUR, MINUTE, SECOND, plus } from '../../src/time.js';
import { eventually } from '../support/eventually.js';
import { createNoticeReceiver } from '../support/notice-receiver.js';
import { accountOf, callCounts } from '../support/outcome.js';
import { everythingOf, historyOf, setSettings, tokenOf } from '../support/reconnecting.js';
import { runSql, sqlTime } from '../support/sql.js';
import { createProxiedApp } from '../support/proxied-app.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

async function statusOf(moca: TestApp, accountId: string) {
  return (await accountOf(moca, accountId)).tokenStatus;
}

/** Goes to the account's next renewal and lets the worker make it. */
async function untilNextRefresh(moca: TestApp, accountId: string): Promise<void> {
  const { nextRefreshAt } = await statusOf(moca, accountId);
  moca.clock.set(new Date(nextRefreshAt ?? Number.NaN));
  await moca.app.work();
}

test("A long-lived token is renewed at half of its life, with nobody asking, and keeps all that is the account's.", async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  await setSettings(moca, accountId, { toneOfVoice: 'warm' });
  const before = await everythingOf(moca, accountId);
  const connectedAt = moca.clock.now();
  await moca.app.work();
  expect(moca.sandbox.ledger.count({ endpoint: 'refresh_access_token' })).toBe(0);

  await untilNextRefresh(moca, accountId);
  const now = moca.clock.now();
  const halfLife = (now.getTime() - connectedAt.getTime()) / DAY;
  expect(halfLife).toBeGreaterThan(26);
  expect(halfLife).toBeLessThan(34);
  const { account, token } = await everythingOf(moca, accountId);
  expect(token).not.toBe(before.token);
  expect(account).toMatchObject({ accountId, settings: before.account.settings });
  expect(account.tokenStatus).toMatchObject({
    state: 'ACTIVE',
    kind: 'LONG_LIVED',
    lastRefreshedAt: now.toISOString(),
    expiresAt: plus(now, 5_183_944 * SECOND).toISOString(),
    problem: null,
  });
  expect(new Date(account.tokenStatus.nextRefreshAt ?? 0).getTime()).toBeGreaterThan(
    plus(now, 26 * DAY).getTime(),
  );
  expect((await historyOf(moca, accountId)).at(-1)).toMatchObject({ type: 'renewed', actor: 'system' });
});

test('Names and pictures are read anew with each renewal and each probe.', async () => {
  for (const flow of ['instagram', 'facebook'] as const) {
    await using moca = await createTestApp({ flow });
    const { accountId } = await moca.connect('page-token');
    await runSql(
      moca,
      "update instagram_account set account_name = 'old', display_name = 'old', profile_picture_url = null",
    );
    await untilNextRefresh(moca, accountId);
    expect(await accountOf(moca, accountId)).toMatchObject({
      accountName: 'moca_page_token',
      displayName: expect.stringContaining('Café'),
      profilePictureUrl: expect.stringContaining('moca_page_token'),
    });
  }
});

test('Whatever a renewal brings is stored, with its new end.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  const [before] = await runSql(moca, 'select token_version, token_expiry from instagram_account');
  await untilNextRefresh(moca, accountId);
  const [after] = await runSql(moca, 'select token_version, token_expiry from instagram_account');
  expect(Number(after?.['token_version'])).toBe(Number(before?.['token_version']) + 1);
  expect(Number(after?.['token_expiry'])).toBeGreaterThan(Number(before?.['token_expiry']) + 26 * DAY);
});

test('A page token is probed every week, which finds out that it was revoked.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const start = moca.clock.now();
  for (let week = 1; week <= 3; week += 1) {
    moca.sandbox.ledger.clear();
    await untilNextRefresh(moca, accountId);
    expect(callCounts(moca.sandbox)).toEqual({ page_profile: 1, subscribe_webhooks: 1 });
  }
  const days = (moca.clock.now().getTime() - start.getTime()) / DAY;
  expect(days).toBeGreaterThan(18);
  expect(days).toBeLessThanOrEqual(21);

  moca.sandbox.revoke('page-token', 460);
  await untilNextRefresh(moca, accountId);
  expect(await statusOf(moca, accountId)).toMatchObject({
    state: 'REVOKED',
    needsReauthorization: true,
    nextRefreshAt: null,
    problem: { code: 'REAUTHORIZATION_REQUIRED', metaCode: 190, metaSubcode: 460 },
  });
  expect((await historyOf(moca, accountId)).at(-1)).toMatchObject({ type: 'revoked', actor: 'system' });
  moca.sandbox.ledger.clear();
  moca.clock.advance(30 * DAY);
  await moca.app.work();
  expect(callCounts(moca.sandbox)).toEqual({});
});

test('A short-lived token climbs again by its timetable, and is found dead at minute 61.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('short-lived-only');
  const issuedAt = moca.clock.now();
  const minuteOf = (time: string | null): number =>
    (new Date(time ?? Number.NaN).getTime() - issuedAt.getTime()) / MINUTE;
  const minutes = [Math.round(minuteOf((await statusOf(moca, accountId)).nextRefreshAt))];
  for (let climbs = 1; climbs <= 6; climbs += 1) {
    moca.sandbox.ledger.clear();
    await untilNextRefresh(moca, accountId);
    expect(callCounts(moca.sandbox)).toMatchObject({ ig_exchange_token: 1 });
    const { state, nextRefreshAt } = await statusOf(moca, accountId);
    expect(state).toBe('EXPIRING_SOON');
    minutes.push(Math.round(minuteOf(nextRefreshAt)));
  }
  expect(minutes).toEqual([1, 5, 15, 30, 45, 55, 61]);

  moca.sandbox.ledger.clear();
  await untilNextRefresh(moca, accountId);
  expect(callCounts(moca.sandbox)).toEqual({ ig_me: 1 });
  expect(await statusOf(moca, accountId)).toMatchObject({
    state: 'EXPIRED',
    expiresAt: moca.clock.now().toISOString(),
    nextRefreshAt: null,
    problem: { metaCode: 190, metaSubcode: 463 },
  });
});

test('A short-lived token becomes a lasting one as soon as Meta lets it.', async () => {
  await using moca = await createTestApp();
  moca.sandbox.faults.inject({ fault: 'capability', endpoint: 'ig_exchange_token', times: 1 });
  const { accountId, tokenStatus } = await moca.connect('code-101');
  expect(tokenStatus.kind).toBe('SHORT_LIVED');
  await untilNextRefresh(moca, accountId);
  expect(await statusOf(moca, accountId)).toMatchObject({
    state: 'ACTIVE',
    kind: 'LONG_LIVED',
    problem: null,
  });
  expect((await historyOf(moca, accountId)).at(-1)).toMatchObject({
    type: 'renewed',
    actor: 'system',
    detail: 'The ladder led to a LONG_LIVED token.',
  });
});

test('A short-lived token does not stand behind a backlog of others.', async () => {
  await using moca = await createTestApp({ flow: 'instagram', env: { RATE_LIMIT_COMPLETE: '100/min' } });
  for (let copy = 1; copy <= 25; copy += 1) await moca.connect(`page-token#${copy}`);
  moca.clock.advance(34 * DAY);
  moca.sandbox.faults.inject({ fault: 'capability', endpoint: 'ig_exchange_token', times: 1 });
  await moca.connect('page-token#26');
  moca.clock.advance(MINUTE);
  moca.sandbox.ledger.clear();
  await moca.app.work();
  const asked = moca.sandbox.ledger.calls().map(({ endpoint }) => endpoint);
  expect(asked.filter((endpoint) => endpoint === 'refresh_access_token')).toHaveLength(25);
  expect(asked.indexOf('ig_exchange_token')).toBeGreaterThanOrEqual(0);
  expect(asked.indexOf('ig_exchange_token')).toBeLessThan(asked.lastIndexOf('refresh_access_token') / 2);
});

test('A short-lived token that nobody probed is expired when its recorded time is over, and that is told.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('short-lived-only');
  moca.clock.advance(2 * HOUR);
  moca.sandbox.ledger.clear();
  await moca.app.work();
  expect(callCounts(moca.sandbox)).toEqual({});
  expect(await statusOf(moca, accountId)).toMatchObject({ state: 'EXPIRED', nextRefreshAt: null });
  expect((await historyOf(moca, accountId)).at(-1)).toMatchObject({ type: 'expired', actor: 'system' });
});

test('Past its hour a short-lived token is probed before it is served.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('short-lived-only');
  moca.clock.advance(59 * MINUTE);
  moca.sandbox.ledger.clear();
  await tokenOf(moca, accountId);
  expect(callCounts(moca.sandbox)).toEqual({});
  moca.clock.advance(2 * MINUTE);
  await expect(tokenOf(moca, accountId)).rejects.toThrow('EXPIRED');
  expect(callCounts(moca.sandbox)).toEqual({ ig_me: 1 });
});

test('Past its hour a short-lived token is probed before it is served, also when it was tried a moment before.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('short-lived-only');
  moca.clock.advance(59 * MINUTE + 30 * SECOND);
  await moca.admin.send(RefreshInstagramTokenDocument, { accountId });
  moca.clock.advance(45 * SECOND);
  await expect(tokenOf(moca, accountId)).rejects.toThrow('EXPIRED');
});

test('A renewed token whose text is the same has its new end.', async () => {
  await using moca = await createTestApp({ flow: 'instagram', sandbox: { refreshKeepsText: true } });
  const { accountId } = await moca.connect('page-token');
  const token = await tokenOf(moca, accountId);
  await untilNextRefresh(moca, accountId);
  const issuedAt = moca.clock.now();
  await untilNextRefresh(moca, accountId);
  expect(await tokenOf(moca, accountId)).toBe(token);
  expect((moca.clock.now().getTime() - issuedAt.getTime()) / DAY).toBeGreaterThan(26);
  expect((await statusOf(moca, accountId)).expiresAt).toBe(
    plus(moca.clock.now(), 5_183_944 * SECOND).toISOString(),
  );
});

test('A page that is linked to another account now is no page of this account any more.', async () => {
  await using moca = await createProxiedApp('facebook');
  const { accountId, accountName } = await moca.connect('page-token');
  moca.facebookGraph.intercept(() => (body) => ({
    ...body,
    instagram_business_account: { id: '17841499999999999', username: 'somebody_else' },
  }));
  await untilNextRefresh(moca, accountId);
  expect(await accountOf(moca, accountId)).toMatchObject({
    accountName,
    tokenStatus: { state: 'ACTIVE', problem: { code: 'PAGE_NOT_LINKED' } },
  });
});

test('A long-lived token that no renewal has reached is expiring seven days before its end, in the history once.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId, tokenStatus } = await moca.connect('page-token');
  moca.sandbox.faults.inject({ fault: 'app_unknown', endpoint: 'refresh_access_token' });
  const end = new Date(tokenStatus.expiresAt ?? 0);
  moca.clock.set(plus(end, -7 * DAY));
  await moca.app.work();
  moca.clock.advance(DAY);
  await moca.app.work();
  const alarms = (await historyOf(moca, accountId)).filter(({ type }) => type === 'expiring');
  expect(alarms).toMatchObject([{ actor: 'system', at: plus(end, -7 * DAY).toISOString() }]);
  expect(await statusOf(moca, accountId)).toMatchObject({
    state: 'EXPIRING_SOON',
    needsReauthorization: false,
  });

  moca.sandbox.faults.clear();
  await untilNextRefresh(moca, accountId);
  expect(await statusOf(moca, accountId)).toMatchObject({ state: 'ACTIVE', problem: null });
});

test('An account whose token no key opens stops no other.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId: broken } = await moca.connect('page-token');
  const { accountId: sound } = await moca.connect('page-token#2');
  await runSql(
    moca,
    `update instagram_account set access_token = 'v1.test.AAAA.BBBB' where account_id = '${broken}'`,
  );
  await runSql(
    moca,
    `update instagram_account set next_refresh_at = ${sqlTime(new Date(1))} where account_id = '${broken}'`,
  );
  moca.clock.advance(34 * DAY);
  await moca.app.work();
  expect((await statusOf(moca, sound)).lastRefreshedAt).toBe(moca.clock.now().toISOString());
  expect(await statusOf(moca, broken)).toMatchObject({
    state: 'ACTIVE',
    lastRefreshedAt: null,
    problem: {
      code: 'INTERNAL_SERVER_ERROR',
      userAction: expect.stringContaining('TOKEN_ENCRYPTION_KEYS'),
      at: moca.clock.now().toISOString(),
    },
  });
  await untilNextRefresh(moca, broken);
  expect((await historyOf(moca, broken)).map(({ type }) => type)).toEqual(['connected', 'failed']);
  expect(moca.log.join('')).toContain('a renewal could not be made');
});

test('An account from before the schedule is renewed when it is time, and not before.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  await runSql(moca, `update instagram_account set next_refresh_at = ${sqlTime(new Date(1))}`);
  moca.clock.advance(HOUR);
  await moca.app.work();
  expect(moca.sandbox.ledger.count({ endpoint: 'refresh_access_token' })).toBe(0);
  await untilNextRefresh(moca, accountId);
  expect(moca.sandbox.ledger.count({ endpoint: 'refresh_access_token' })).toBe(1);
});

test('A running server renews by itself when the time comes.', async () => {
  await using moca = await createTestApp({ flow: 'instagram', overrides: { worksByHand: false } });
  const { accountId } = await moca.connect('page-token');
  moca.clock.set(new Date((await statusOf(moca, accountId)).nextRefreshAt ?? 0));
  // Steps of the clock that leave a renewal time enough: its lease is a minute of it.
  await eventually(
    async () => {
      moca.clock.advance(15 * SECOND);
      expect((await statusOf(moca, accountId)).lastRefreshedAt).not.toBeNull();
    },
    { pauseMs: 500 },
  );
});

test('What is due, and since when, is told to admins.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  const due = (await statusOf(moca, accountId)).nextRefreshAt;
  const closed = { state: 'CLOSED', openedAt: null, retryAt: null };
  const quiet = {
    breakers: [
      { app: 'INSTAGRAM', ...closed },
      { app: 'FACEBOOK', ...closed },
    ],
    limits: [],
    dueCount: 0,
    oldestDueAt: null,
  };
  expect((await moca.admin.send(RenewalStatusDocument, {})).renewalStatus).toEqual(quiet);
  moca.clock.advance(40 * DAY);
  expect((await moca.admin.send(RenewalStatusDocument, {})).renewalStatus).toEqual({
    ...quiet,
    dueCount: 1,
    oldestDueAt: due,
  });
  expect((await moca.service.fail(RenewalStatusDocument, {})).extensions.code).toBe('FORBIDDEN');
});

test('A renewal that an admin forces counts like one on schedule.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  moca.clock.advance(20 * DAY);
  const { refreshInstagramToken } = await moca.admin.send(RefreshInstagramTokenDocument, { accountId });
  const next = new Date(refreshInstagramToken.tokenStatus.nextRefreshAt ?? 0);
  expect(next.getTime()).toBeGreaterThan(plus(moca.clock.now(), 26 * DAY).getTime());
});

describe('A clock that runs ahead until the time of a token is over, and is then set right,', () => {
  test.each([
    { kind: 'LONG_LIVED', flow: 'instagram', persona: 'page-token', aheadMs: 61 * DAY },
    { kind: 'SHORT_LIVED', flow: 'moca', persona: 'short-lived-only', aheadMs: 3 * HOUR },
  ] as const)(
    'ends no $kind token for good: it is told that it recovered, and renewed as before.',
    async ({ kind, flow, persona, aheadMs }) => {
      await using receiver = await createNoticeReceiver();
      await using moca = await createTestApp({ flow, env: receiver.env });
      const { accountId } = await moca.connect(persona);
      await moca.app.work();
      const before = await statusOf(moca, accountId);
      moca.clock.advance(aheadMs);
      await moca.app.work();
      expect(await statusOf(moca, accountId)).toMatchObject({ state: 'EXPIRED', nextRefreshAt: null });
      moca.clock.advance(-aheadMs);
      await moca.app.work();
      await moca.app.work();
      expect(before.kind).toBe(kind);
      expect(await statusOf(moca, accountId)).toEqual({
        ...before,
        problem: kind === 'LONG_LIVED' ? null : before.problem,
      });
      expect(receiver.types()).toEqual(['needs_reauthorization', 'recovered']);
      expect((await historyOf(moca, accountId)).slice(-2)).toMatchObject([
        { type: 'expired' },
        { type: 'renewed', detail: 'The clock had been ahead: the time of the token is not over.' },
      ]);
      expect(moca.log.join('')).toContain('"event":"clock.was_ahead","revived":1');
    },
  );

  test('brings none back that Meta has ended meanwhile.', async () => {
    await using moca = await createTestApp({ flow: 'instagram' });
    const { accountId } = await moca.connect('page-token');
    moca.clock.advance(40 * DAY);
    moca.sandbox.faults.inject({ fault: 'token_expired', endpoint: 'refresh_access_token' });
    await moca.app.work();
    moca.clock.advance(-40 * DAY);
    for (let round = 1; round <= 2; round += 1) await moca.app.work();
    expect(await statusOf(moca, accountId)).toMatchObject({
      state: 'EXPIRED',
      expiresAt: moca.clock.now().toISOString(),
      nextRefreshAt: null,
      problem: { metaCode: 190, metaSubcode: 463 },
    });
  });

  test('leaves none without a renewal that it has called off.', async () => {
    await using moca = await createTestApp({ flow: 'instagram' });
    const { accountId, tokenStatus } = await moca.connect('page-token');
    await runSql(moca, 'update instagram_account set next_refresh_at = null');
    moca.clock.set(plus(new Date(tokenStatus.expiresAt ?? 0), -6 * DAY));
    await moca.app.work();
    expect(await statusOf(moca, accountId)).toMatchObject({ state: 'ACTIVE', problem: null });
  });
});
