import { expect, test } from 'vitest';
import {
  DisconnectInstagramAccountDocument,
  type WebhookSubscriptionState,
} from '../../src/generated/graphql.js';
import { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import { sealAccountToken } from '../../src/accounts/sealed-token.js';
import type { LoginFlow } from '../../src/login-flow.js';
import type { FaultName } from '../../src/sandbox/faults.js';
import { Secret } from '../../src/secret.js';
import { DAY, HOUR, MINUTE, SECOND, plus } from '../../src/time.js';
import { Cipher } from '../../src/tokens/cipher.js';
import { Keyring } from '../../src/tokens/keyring.js';
import { eventually } from '../support/eventually.js';
import { accountOf } from '../support/outcome.js';
import { eventsOf, switchFlow } from '../support/reconnecting.js';
import { openAt } from '../support/databases.js';
import { runSql, sqlTime } from '../support/sql.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';

const SUBSCRIBE = { endpoint: 'subscribe_webhooks' } as const;

async function subscriptionOf(moca: TestApp, accountId: string) {
  return (await accountOf(moca, accountId)).webhookSubscription;
}

async function stateOf(moca: TestApp, accountId: string): Promise<WebhookSubscriptionState> {
  return (await subscriptionOf(moca, accountId)).state;
}

function calls(moca: TestApp): number {
  return moca.sandbox.ledger.count(SUBSCRIBE);
}

test.each<{ flow: LoginFlow; host: string; fields: string }>([
  { flow: 'instagram', host: 'graph.instagram.com', fields: 'comments,messages' },
  { flow: 'facebook', host: 'graph.facebook.com', fields: 'feed' },
  { flow: 'moca', host: 'graph.facebook.com', fields: 'feed' },
])(
  'By $flow, a connected account is subscribed to at $host, beside the connection.',
  async ({ flow, host, fields }) => {
    await using moca = await createTestApp({ flow });
    const { accountId, professionalAccountId } = await moca.connect('page-token');
    expect(await subscriptionOf(moca, accountId)).toEqual({
      state: 'PENDING',
      since: null,
      nextCheckAt: moca.clock.now().toISOString(),
      problem: null,
    });
    expect(calls(moca)).toBe(0);
    await moca.app.work();
    const call = moca.sandbox.ledger.last(SUBSCRIBE);
    expect(call).toMatchObject({ host, method: 'POST', status: 200, params: { subscribed_fields: fields } });
    const [row] = await runSql(moca, 'select page_id from instagram_account');
    const id = flow === 'instagram' ? professionalAccountId : row?.['page_id'];
    expect(call?.path).toBe(`v21.0/${String(id)}/subscribed_apps`);
    expect(call?.params['appsecret_proof'] !== undefined).toBe(flow !== 'instagram');
    expect(await subscriptionOf(moca, accountId)).toMatchObject({
      state: 'SUBSCRIBED',
      since: moca.clock.now().toISOString(),
      problem: null,
    });
    await moca.app.work();
    expect(calls(moca)).toBe(1);
  },
);

test('It is made again every day, since when it stands stays, and what Meta ended is mended by it.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  await moca.app.work();
  const since = moca.clock.now().toISOString();
  moca.sandbox.push.connectTo(moca.url);
  for (let day = 1; day <= 3; day += 1) {
    const { nextCheckAt } = await subscriptionOf(moca, accountId);
    const next = new Date(nextCheckAt ?? 0);
    expect(next.getTime() - moca.clock.now().getTime()).toBeGreaterThanOrEqual(0.9 * DAY);
    expect(next.getTime() - moca.clock.now().getTime()).toBeLessThanOrEqual(DAY);
    moca.sandbox.push.endSubscriptions('page-token');
    await expect(moca.sandbox.push.notify('page-token', 'message')).rejects.toThrow('No app has subscribed');
    moca.clock.set(plus(next, -1));
    await moca.app.work();
    expect(calls(moca)).toBe(day);
    moca.clock.advance(1);
    await moca.app.work();
    expect(calls(moca)).toBe(day + 1);
    expect(await moca.sandbox.push.notify('page-token', 'message')).toMatchObject([{ status: 200 }]);
  }
  expect((await subscriptionOf(moca, accountId)).since).toBe(since);
});

test.each<{ fault: FaultName; code: string; pause: [number, number] }>([
  { fault: 'unavailable', code: 'META_UNAVAILABLE', pause: [1.6 * MINUTE, 2.4 * MINUTE] },
  { fault: 'html_502', code: 'META_UNAVAILABLE', pause: [1.6 * MINUTE, 2.4 * MINUTE] },
  { fault: 'reset', code: 'META_UNAVAILABLE', pause: [1.6 * MINUTE, 2.4 * MINUTE] },
  { fault: 'broken_json', code: 'META_BAD_RESPONSE', pause: [1.6 * MINUTE, 2.4 * MINUTE] },
  { fault: 'app_unknown', code: 'APP_MISCONFIGURED', pause: [1.6 * MINUTE, 2.4 * MINUTE] },
  { fault: 'permission_denied', code: 'MISSING_PERMISSION', pause: [DAY, DAY] },
])(
  'After $fault the account is connected all the same, the problem is shown, and it is tried again.',
  async ({ fault, code, pause }) => {
    await using moca = await createTestApp({ flow: 'instagram' });
    moca.sandbox.faults.inject({ fault, ...SUBSCRIBE });
    const { accountId, tokenStatus } = await moca.connect('page-token');
    expect(tokenStatus.state).toBe('ACTIVE');
    await moca.app.work();
    const failed = await subscriptionOf(moca, accountId);
    expect(failed).toMatchObject({ state: 'FAILED', since: null, problem: { code } });
    const pauseMs = new Date(failed.nextCheckAt ?? 0).getTime() - moca.clock.now().getTime();
    expect(pauseMs).toBeGreaterThanOrEqual(pause[0]);
    expect(pauseMs).toBeLessThanOrEqual(pause[1]);
    expect((await accountOf(moca, accountId)).tokenStatus).toMatchObject({ state: 'ACTIVE', problem: null });
    expect(await eventsOf(moca, accountId)).toEqual(['connected']);
    moca.sandbox.faults.clear();
    moca.clock.set(new Date(failed.nextCheckAt ?? 0));
    await moca.app.work();
    expect(await subscriptionOf(moca, accountId)).toMatchObject({ state: 'SUBSCRIBED', problem: null });
  },
);

test('The pauses grow to hours, so that a fault of many is no storm.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  moca.sandbox.faults.inject({ fault: 'unavailable', ...SUBSCRIBE });
  const { accountId } = await moca.connect('page-token');
  const pauses: number[] = [];
  for (let tries = 1; tries <= 12; tries += 1) {
    await moca.app.work();
    const { nextCheckAt } = await subscriptionOf(moca, accountId);
    const next = new Date(nextCheckAt ?? 0);
    pauses.push(next.getTime() - moca.clock.now().getTime());
    moca.clock.set(next);
  }
  expect(calls(moca)).toBe(12);
  for (const [index, pause] of pauses.entries()) {
    const planned = Math.min(2 ** (index + 1) * MINUTE, 6 * HOUR);
    expect(pause / planned).toBeGreaterThanOrEqual(0.8);
    expect(pause / planned).toBeLessThanOrEqual(1.2);
  }
});

test('One that stands is still said to stand when Meta cannot be asked, with the problem; a refusal ends it.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  await moca.app.work();
  const since = moca.clock.now().toISOString();
  moca.sandbox.faults.inject({ fault: 'unavailable', ...SUBSCRIBE, times: 1 });
  moca.clock.advance(DAY);
  await moca.app.work();
  expect(await subscriptionOf(moca, accountId)).toMatchObject({
    state: 'SUBSCRIBED',
    since,
    problem: { code: 'META_UNAVAILABLE' },
  });
  moca.sandbox.faults.inject({ fault: 'permission_denied', ...SUBSCRIBE, times: 1 });
  moca.clock.advance(HOUR);
  await moca.app.work();
  expect(await subscriptionOf(moca, accountId)).toMatchObject({
    state: 'FAILED',
    since: null,
    problem: { code: 'MISSING_PERMISSION', metaCode: 10 },
  });
});

test("Meta's limits are obeyed: of the app by everybody, of an account by itself, for as long as Meta says.", async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  moca.sandbox.faults.inject({ fault: 'rate_app', ...SUBSCRIBE, times: 1, minutes: 30 });
  const one = await moca.connect('page-token');
  const two = await moca.connect('page-token#2');
  await runSql(
    moca,
    `update instagram_account set subscription_check_at = ${sqlTime(plus(moca.clock.now(), MINUTE))}
     where account_id = '${two.accountId}'`,
  );
  await moca.app.work();
  moca.clock.advance(29 * MINUTE);
  await moca.app.work();
  expect(calls(moca)).toBe(1);
  expect(await stateOf(moca, one.accountId)).toBe('FAILED');
  expect(await stateOf(moca, two.accountId)).toBe('PENDING');
  await moca.restart();
  moca.clock.advance(10 * MINUTE);
  await moca.app.work();
  expect(calls(moca)).toBe(3);

  moca.sandbox.faults.inject({ fault: 'rate_instagram', ...SUBSCRIBE, times: 1, minutes: 90 });
  moca.clock.advance(DAY);
  await moca.app.work();
  expect(calls(moca)).toBe(5);
  moca.clock.advance(80 * MINUTE);
  await moca.app.work();
  expect(calls(moca)).toBe(5);
  moca.clock.advance(11 * MINUTE);
  await moca.app.work();
  expect(calls(moca)).toBe(6);
});

test('While the breaker is open, nobody is subscribed.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  const now = moca.clock.now();
  await runSql(
    moca,
    `insert into renewal_breaker (app, opened_at, until, failed_probes)
     values ('instagram', ${sqlTime(now)}, ${sqlTime(plus(now, HOUR))}, 0)`,
  );
  await moca.app.work();
  expect(calls(moca)).toBe(0);
  await runSql(moca, 'delete from renewal_breaker');
  await moca.app.work();
  expect(await stateOf(moca, accountId)).toBe('SUBSCRIBED');
});

test('A disconnected account is unsubscribed and has no subscription; a reconnected one gets it again.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  await moca.app.work();
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId });
  expect(await subscriptionOf(moca, accountId)).toEqual({
    state: 'NONE',
    since: null,
    nextCheckAt: null,
    problem: null,
  });
  expect(moca.sandbox.ledger.count({ endpoint: 'unsubscribe_webhooks' })).toBe(1);
  moca.clock.advance(2 * DAY);
  await moca.app.work();
  expect(calls(moca)).toBe(1);
  await moca.connect('page-token');
  await moca.app.work();
  expect(await stateOf(moca, accountId)).toBe('SUBSCRIBED');
});

test('A token that Meta has ended has no subscription.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  await moca.app.work();
  moca.sandbox.revoke('page-token', 458);
  moca.clock.advance(8 * DAY);
  await moca.app.work();
  const account = await accountOf(moca, accountId);
  expect([account.tokenStatus.state, account.webhookSubscription.state]).toEqual(['REVOKED', 'NONE']);
});

test('Whoever connects anew by a page gets the page subscribed to, and until then nothing is said to stand.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  await moca.app.work();
  expect(moca.sandbox.ledger.last(SUBSCRIBE)?.host).toBe('graph.instagram.com');
  await switchFlow(moca, 'facebook');
  expect((await moca.connect('page-token')).accountId).toBe(accountId);
  expect(await subscriptionOf(moca, accountId)).toMatchObject({ state: 'PENDING', since: null });
  await moca.app.work();
  expect(moca.sandbox.ledger.last(SUBSCRIBE)?.host).toBe('graph.facebook.com');
  expect(await stateOf(moca, accountId)).toBe('SUBSCRIBED');
});

test('A token that climbs to a page gets the page subscribed to.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  await moca.app.work();
  // As if it had been stored with its first token, in the documented world one of Facebook's.
  const { value } = moca.sandbox.grant('page-token', 'short');
  await using database = await openAt(moca.databaseUrl);
  const cipher = new Cipher(new Keyring([{ id: 'test', bytes: Buffer.from(testSecrets.ringKey, 'base64') }]));
  const now = moca.clock.now();
  await database.em().nativeUpdate(
    InstagramAccount,
    { accountId },
    {
      accessToken: sealAccountToken(cipher, accountId, new Secret(value)),
      tokenKind: 'SHORT_LIVED',
      tokenIssuedAt: now,
      tokenExpiry: plus(now, 2 * HOUR),
      pageId: null,
      nextRefreshAt: plus(now, MINUTE),
    },
  );
  moca.clock.advance(MINUTE);
  await moca.app.work();
  const account = await accountOf(moca, accountId);
  expect([account.tokenStatus.kind, account.webhookSubscription.state]).toEqual(['PAGE', 'SUBSCRIBED']);
  expect(calls(moca)).toBe(2);
  expect(account.webhookSubscription.since).toBe(moca.clock.now().toISOString());
});

test('A reconnect while Meta is asked counts more than the answer to the old token.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  moca.sandbox.faults.inject({ fault: 'delay', ...SUBSCRIBE, times: 1, delayMs: 300 });
  const working = moca.app.work();
  await moca.sandbox.ledger.waitFor(SUBSCRIBE);
  await moca.connect('page-token');
  await working;
  expect(await stateOf(moca, accountId)).toBe('SUBSCRIBED');
  const subscribed = calls(moca);
  await moca.app.work();
  expect(calls(moca)).toBe(subscribed);
});

test('An account whose process died while it was subscribing it is due again a minute later.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  const until = moca.clock.now().getTime() + MINUTE;
  await runSql(moca, `update instagram_account set subscription_check_at = ${sqlTime(new Date(until))}`);
  await moca.app.work();
  expect(calls(moca)).toBe(0);
  moca.clock.set(new Date(until));
  await moca.app.work();
  expect(await stateOf(moca, accountId)).toBe('SUBSCRIBED');
});

test('A server that works by itself subscribes within seconds of the connection.', async () => {
  await using moca = await createTestApp({ flow: 'instagram', overrides: { worksByHand: false } });
  const { accountId } = await moca.connect('page-token');
  await eventually(async () => {
    moca.clock.advance(5 * SECOND);
    expect(await stateOf(moca, accountId)).toBe('SUBSCRIBED');
  });
});
