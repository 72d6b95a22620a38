import { expect, test } from 'vitest';
import { DisconnectInstagramAccountDocument } from '../../src/generated/graphql.js';
import { DAY } from '../../src/time.js';
import { createGate } from '../support/gate.js';
import { accountOf, attemptsOf, brief, callCounts, complete } from '../support/outcome.js';
import { createProxiedApp } from '../support/proxied-app.js';
import { eventsOf, historyOf, setSettings, tokenOf } from '../support/reconnecting.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** Of `lower-rung-second`, whose first consent leads to a page and every later one to an Instagram token. */
const ACCOUNT = '17841405510000001';
/** Of `page-token` in the instagram flow. */
const INSTAGRAM_ACCOUNT = '25410031000000007';

test('A lesser token does not replace a better one that still answers, and the word on it stands everywhere.', async () => {
  await using moca = await createTestApp();
  await moca.connect('lower-rung-second');
  await setSettings(moca, ACCOUNT, { toneOfVoice: 'warm' });
  const better = await tokenOf(moca, ACCOUNT);
  moca.clock.advance(DAY);
  moca.sandbox.ledger.clear();

  const account = await moca.connect('lower-rung-second');
  expect(account).toMatchObject({
    accountId: ACCOUNT,
    tokenStatus: { kind: 'PAGE', state: 'ACTIVE', expiresAt: null, problem: null },
    connection: { flow: 'MOCA' },
  });
  expect(await tokenOf(moca, ACCOUNT)).toBe(better);
  // Asked with the very token that was kept.
  expect(moca.sandbox.ledger.calls({ endpoint: 'page_profile' })).toMatchObject([
    { params: { access_token: better } },
  ]);

  const kept = 'profile OK kept_better_token';
  expect(brief(account.connection.steps)).toEqual([
    'code_exchange OK',
    'fb_exchange_token OK',
    'page_token OK',
    'ig_exchange_token SKIPPED',
    'profile OK',
    kept,
  ]);
  const [attempt] = await attemptsOf(moca);
  expect(attempt).toMatchObject({ outcome: 'SAVED', accountId: ACCOUNT, problem: null });
  expect(brief(attempt?.steps ?? [])).toEqual([
    'code_exchange OK',
    'fb_exchange_token FAILED APP_MISCONFIGURED 101',
    'page_token SKIPPED',
    'ig_exchange_token OK',
    kept,
  ]);
  expect((await historyOf(moca, ACCOUNT)).at(-1)).toMatchObject({
    type: 'kept',
    actor: 'system',
    detail: 'The stored PAGE token still works and is worth more than the LONG_LIVED one that was obtained.',
  });
  expect((await accountOf(moca, ACCOUNT)).settings).toMatchObject({ toneOfVoice: 'warm', version: 2 });
});

test('However often a better token is kept, its steps say so once.', async () => {
  await using moca = await createTestApp();
  await moca.connect('lower-rung-second');
  await moca.connect('lower-rung-second');
  const account = await moca.connect('lower-rung-second');
  expect(brief(account.connection.steps).filter((step) => step.includes('kept_better_token'))).toHaveLength(
    1,
  );
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'kept', 'kept']);
});

test('A new token of the same rank replaces the stored one.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  await moca.connect('page-token');
  const before = await tokenOf(moca, INSTAGRAM_ACCOUNT);
  await moca.connect('page-token');
  expect(await tokenOf(moca, INSTAGRAM_ACCOUNT)).not.toBe(before);
  expect(await eventsOf(moca, INSTAGRAM_ACCOUNT)).toEqual(['connected', 'reconnected']);
});

test('A lesser token replaces one that is expired, about which Meta is not asked.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  await moca.connect('page-token');
  const dead = await tokenOf(moca, INSTAGRAM_ACCOUNT);
  moca.clock.advance(61 * DAY);
  moca.sandbox.ledger.clear();
  await connectShortLived(moca);
  expect(moca.sandbox.ledger.calls().map(({ params }) => params['access_token'])).not.toContain(dead);
  expect(await eventsOf(moca, INSTAGRAM_ACCOUNT)).toEqual(['connected', 'reconnected']);
});

test.each([458, 460, 492] as const)(
  'A lesser token replaces a page token that Meta revoked with %i.',
  async (subcode) => {
    await using moca = await createTestApp();
    await moca.connect('lower-rung-second');
    moca.sandbox.revoke('lower-rung-second', subcode);
    const account = await moca.connect('lower-rung-second');
    expect(account).toMatchObject({
      accountId: ACCOUNT,
      tokenStatus: { kind: 'LONG_LIVED', state: 'ACTIVE', problem: null },
    });
    expect(brief(account.connection.steps).join()).not.toContain('kept_better_token');
    expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'reconnected']);
    // It is an Instagram token now, and no page is left over from before.
    expect(await tokenOf(moca, ACCOUNT)).toMatch(/^IGAA/);
  },
);

test('A lesser token replaces a long-lived one that Meta revoked.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  await moca.connect('page-token');
  moca.sandbox.revoke('page-token', 467);
  await connectShortLived(moca);
  expect(await eventsOf(moca, INSTAGRAM_ACCOUNT)).toEqual(['connected', 'reconnected']);
});

test('A lesser token replaces one that an admin disconnected.', async () => {
  await using moca = await createTestApp();
  await moca.connect('lower-rung-second');
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId: ACCOUNT });
  const account = await moca.connect('lower-rung-second');
  expect(account).toMatchObject({ accountId: ACCOUNT, tokenStatus: { kind: 'LONG_LIVED', state: 'ACTIVE' } });
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'disconnected', 'reconnected']);
});

test('A lesser token replaces a page token whose permission is gone.', async () => {
  await using moca = await createTestApp();
  await moca.connect('lower-rung-second');
  moca.sandbox.faults.inject({ fault: 'permission_denied', endpoint: 'page_profile' });
  expect((await moca.connect('lower-rung-second')).tokenStatus.kind).toBe('LONG_LIVED');
});

test('A lesser token replaces the token of a page that is no longer linked.', async () => {
  await using moca = await createProxiedApp();
  await moca.connect('lower-rung-second');
  moca.facebookGraph.intercept(({ path }) => (/\/\d+$/.test(path) ? { body: { id: '1048503' } } : null));
  expect((await moca.connect('lower-rung-second')).tokenStatus.kind).toBe('LONG_LIVED');
});

test.each([
  'unavailable',
  'html_502',
  'hang',
  'rate_app',
  'policy_block',
  'app_unknown',
  'api_blocked',
  'broken_json',
] as const)('When Meta cannot be asked about the better token (%s), it is kept.', async (fault) => {
  await using moca = await createTestApp({
    overrides: { metaTimeouts: { connectMs: 1_000, responseMs: 1_000, totalMs: 2_000 } },
  });
  await moca.connect('lower-rung-second');
  const better = await tokenOf(moca, ACCOUNT);
  moca.sandbox.faults.inject({ fault, endpoint: 'page_profile' });
  moca.sandbox.ledger.clear();
  const account = await moca.connect('lower-rung-second');
  expect(account.tokenStatus).toMatchObject({ kind: 'PAGE', state: 'ACTIVE' });
  expect(await tokenOf(moca, ACCOUNT)).toBe(better);
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'kept']);
  // Nobody is told that it works.
  expect((await historyOf(moca, ACCOUNT)).at(-1)?.detail).toBe(
    'The stored PAGE token could not be checked and is worth more than the LONG_LIVED one that was obtained.',
  );
  expect(callCounts(moca.sandbox)).toMatchObject({ page_profile: 1 });
});

test('A better token that changes while the lesser one is being saved is judged anew.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  await moca.connect('page-token');
  const gate = createGate('account.save');
  await moca.restart({ points: gate.points });
  moca.sandbox.faults.inject({ fault: 'capability', endpoint: 'ig_exchange_token', times: 1 });
  const lesser = complete(moca, await moca.consent('page-token'));
  await gate.reached;
  await moca.connect('page-token');
  const newest = await tokenOf(moca, INSTAGRAM_ACCOUNT);
  moca.sandbox.ledger.clear();
  gate.open();
  expect(await lesser).toEqual({ accountId: INSTAGRAM_ACCOUNT });
  expect(await tokenOf(moca, INSTAGRAM_ACCOUNT)).toBe(newest);
  expect(moca.sandbox.ledger.calls()).toMatchObject([
    { endpoint: 'ig_me', params: { access_token: newest } },
  ]);
  expect(await eventsOf(moca, INSTAGRAM_ACCOUNT)).toEqual(['connected', 'reconnected', 'kept']);
});

test('A better token that is disconnected while the lesser one is being saved is replaced.', async () => {
  await using moca = await createTestApp();
  await moca.connect('lower-rung-second');
  const gate = createGate('account.save');
  await moca.restart({ points: gate.points });
  const lesser = complete(moca, await moca.consent('lower-rung-second'));
  await gate.reached;
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId: ACCOUNT });
  gate.open();
  await lesser;
  expect((await accountOf(moca, ACCOUNT)).tokenStatus).toMatchObject({ kind: 'LONG_LIVED', state: 'ACTIVE' });
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'disconnected', 'reconnected']);
});

/** The person's reconnect leads to nothing better, which has to be stored here. */
async function connectShortLived(moca: TestApp): Promise<void> {
  moca.sandbox.faults.inject({ fault: 'capability', endpoint: 'ig_exchange_token' });
  const account = await moca.connect('page-token');
  expect(account).toMatchObject({
    accountId: INSTAGRAM_ACCOUNT,
    tokenStatus: { kind: 'SHORT_LIVED', state: 'EXPIRING_SOON' },
  });
}
