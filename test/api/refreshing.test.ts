import { expect, test } from 'vitest';
import {
  DisconnectInstagramAccountDocument,
  RefreshInstagramTokenDocument,
} from '../../src/generated/graphql.js';
import { DAY, HOUR, MINUTE, SECOND, plus } from '../../src/time.js';
import { accountOf, brief, callCounts } from '../support/outcome.js';
import { createProxiedApp } from '../support/proxied-app.js';
import { eventsOf, everythingOf, historyOf, setSettings, tokenOf } from '../support/reconnecting.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const LONG_LIVED_MS = 5_183_944 * SECOND;

function refresh(moca: TestApp, accountId: string) {
  return moca.admin.send(RefreshInstagramTokenDocument, { accountId });
}

function refuseRefresh(moca: TestApp, accountId: string) {
  return moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
}

test.each([
  { age: 0, left: 24 * 3600 },
  { age: HOUR + 1, left: 23 * 3600 },
  { age: DAY - 1, left: 1 },
])(
  'A long-lived token that is $age ms old is not renewed for another $left s, and Meta is not asked.',
  async ({ age, left }) => {
    await using moca = await createTestApp({ flow: 'instagram' });
    const { accountId } = await moca.connect('page-token');
    moca.clock.advance(age);
    const before = await everythingOf(moca, accountId);
    const calls = callCounts(moca.sandbox);
    expect(await refuseRefresh(moca, accountId)).toMatchObject({
      message: 'Meta renews no token that is younger than 24 hours.',
      extensions: { code: 'RATE_LIMITED', retryable: true, retryAfterSeconds: left },
    });
    expect(callCounts(moca.sandbox)).toEqual(calls);
    expect(await everythingOf(moca, accountId)).toEqual(before);
  },
);

test('A long-lived token that is a day old gets another sixty days, and the history says who asked.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  await setSettings(moca, accountId, { toneOfVoice: 'warm' });
  const before = await everythingOf(moca, accountId);
  moca.clock.advance(DAY);
  const { refreshInstagramToken } = await refresh(moca, accountId);
  const now = moca.clock.now();
  expect(refreshInstagramToken).toMatchObject({
    accountId,
    tokenStatus: {
      state: 'ACTIVE',
      kind: 'LONG_LIVED',
      expiresAt: plus(now, LONG_LIVED_MS).toISOString(),
      lastRefreshedAt: now.toISOString(),
      problem: null,
    },
  });
  const { account, token, history } = await everythingOf(moca, accountId);
  const call = moca.sandbox.ledger.last({ endpoint: 'refresh_access_token' });
  expect(call?.params).toEqual({ grant_type: 'ig_refresh_token', access_token: before.token });
  expect(token).toBe(call?.granted);
  expect(account).toMatchObject({
    settings: before.account.settings,
    connectedAt: before.account.connectedAt,
  });
  expect(account.connection).toEqual(before.account.connection);
  expect(history.at(-1)).toMatchObject({
    type: 'renewed',
    actor: 'admin:ada',
    at: now.toISOString(),
    detail: 'The long-lived token was renewed.',
  });
  // The day counts from the renewal now.
  expect((await refuseRefresh(moca, accountId)).extensions.code).toBe('RATE_LIMITED');
});

test('A renewal that names no end is asked about, and taken for sixty days when nobody knows.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  moca.clock.advance(DAY);
  moca.sandbox.faults.inject({ fault: 'missing_expires_in', endpoint: 'refresh_access_token' });
  const { refreshInstagramToken } = await refresh(moca, accountId);
  expect(refreshInstagramToken.tokenStatus.expiresAt).toBe(plus(moca.clock.now(), 60 * DAY).toISOString());
  expect(callCounts(moca.sandbox)).toMatchObject({ debug_token: 1 });
});

test('A page token has nothing to renew: it is asked for its profile, and stays what it is.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const token = await tokenOf(moca, accountId);
  moca.clock.advance(MINUTE);
  moca.sandbox.ledger.clear();
  const { refreshInstagramToken } = await refresh(moca, accountId);
  expect(refreshInstagramToken.tokenStatus).toMatchObject({
    state: 'ACTIVE',
    kind: 'PAGE',
    expiresAt: null,
    lastRefreshedAt: moca.clock.now().toISOString(),
  });
  expect(moca.sandbox.ledger.calls()).toMatchObject([
    { endpoint: 'page_profile', params: { access_token: token } },
  ]);
  expect(await tokenOf(moca, accountId)).toBe(token);
  expect((await historyOf(moca, accountId)).at(-1)).toMatchObject({ type: 'renewed', actor: 'admin:ada' });
});

test('A page that has no account any more is told, and its token is not given up for it.', async () => {
  await using moca = await createProxiedApp();
  const { accountId } = await moca.connect('page-token');
  moca.facebookGraph.intercept(({ path }) => (/\/\d+$/.test(path) ? { body: { id: '1048503' } } : null));
  expect((await refuseRefresh(moca, accountId)).extensions).toMatchObject({
    code: 'PAGE_NOT_LINKED',
    step: 'renewal',
    retryable: false,
  });
  expect((await accountOf(moca, accountId)).tokenStatus).toMatchObject({
    state: 'ACTIVE',
    problem: { code: 'PAGE_NOT_LINKED' },
  });
});

test('A short-lived token climbs the ladder again, with the token that it is.', async () => {
  await using moca = await createTestApp();
  moca.sandbox.faults.inject({ fault: 'capability', endpoint: 'ig_exchange_token', times: 1 });
  const { accountId, tokenStatus } = await moca.connect('code-101');
  expect(tokenStatus).toMatchObject({ kind: 'SHORT_LIVED', problem: { code: 'APP_MISCONFIGURED' } });
  const short = await tokenOf(moca, accountId);
  moca.clock.advance(5 * MINUTE);
  moca.sandbox.ledger.clear();
  const { refreshInstagramToken } = await refresh(moca, accountId);
  const now = moca.clock.now();
  expect(refreshInstagramToken.tokenStatus).toMatchObject({
    state: 'ACTIVE',
    kind: 'LONG_LIVED',
    expiresAt: plus(now, LONG_LIVED_MS).toISOString(),
    lastRefreshedAt: now.toISOString(),
    problem: null,
  });
  expect(moca.sandbox.ledger.last({ endpoint: 'ig_exchange_token' })?.params['access_token']).toBe(short);
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(0);
  expect(brief((await accountOf(moca, accountId)).connection.steps)).toEqual([
    'code_exchange OK',
    'fb_exchange_token FAILED APP_MISCONFIGURED 101',
    'page_token SKIPPED',
    'ig_exchange_token OK',
    'profile OK',
  ]);
  expect((await historyOf(moca, accountId)).at(-1)).toMatchObject({
    type: 'renewed',
    actor: 'admin:ada',
    detail: 'The ladder led to a LONG_LIVED token.',
  });
});

test('A short-lived token that finds nothing better stays, with its old end and with the refusal.', async () => {
  await using moca = await createTestApp();
  const { accountId, tokenStatus } = await moca.connect('short-lived-only');
  const token = await tokenOf(moca, accountId);
  moca.clock.advance(5 * MINUTE);
  const { refreshInstagramToken } = await refresh(moca, accountId);
  expect(refreshInstagramToken.tokenStatus).toMatchObject({
    state: 'EXPIRING_SOON',
    kind: 'SHORT_LIVED',
    expiresAt: tokenStatus.expiresAt,
    lastRefreshedAt: null,
    problem: { code: 'APP_MISCONFIGURED', metaCode: 3 },
  });
  expect(await tokenOf(moca, accountId)).toBe(token);
  expect(await eventsOf(moca, accountId)).toEqual(['connected', 'failed']);
});

test('A token that has expired is not worth a question.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  moca.clock.advance(LONG_LIVED_MS);
  expect(await refusalOf(moca, accountId)).toEqual(dead('EXPIRED'));
});

test('A token that an admin disconnected is not worth a question.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId });
  moca.clock.advance(2 * DAY);
  expect(await refusalOf(moca, accountId)).toEqual(dead('DISCONNECTED'));
});

test('A token that Meta has revoked is asked about once, and not again.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  moca.sandbox.revoke('page-token', 458);
  expect((await refuseRefresh(moca, accountId)).extensions.code).toBe('REAUTHORIZATION_REQUIRED');
  expect(await refusalOf(moca, accountId)).toEqual(dead('REVOKED'));
});

test('An account that is not there cannot be renewed.', async () => {
  await using moca = await createTestApp();
  expect((await refuseRefresh(moca, '17841400000000000')).extensions).toMatchObject({
    code: 'NOT_FOUND',
    retryable: false,
  });
});

/** What is said of a dead token, and what it cost. */
async function refusalOf(moca: TestApp, accountId: string): Promise<object> {
  const calls = moca.sandbox.ledger.count();
  const events = await eventsOf(moca, accountId);
  const { message, extensions } = await refuseRefresh(moca, accountId);
  return {
    message,
    code: extensions.code,
    calls: moca.sandbox.ledger.count() - calls,
    events: (await eventsOf(moca, accountId)).length - events.length,
  };
}

function dead(state: string): object {
  return {
    message: `The account's token is ${state}.`,
    code: 'REAUTHORIZATION_REQUIRED',
    calls: 0,
    events: 0,
  };
}
