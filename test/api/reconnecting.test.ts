import { expect, test } from 'vitest';
import { DAY } from '../../src/time.js';
import { accountOf, attemptsOf, callCounts, complete, refused } from '../support/outcome.js';
import {
  countAccounts,
  eventsOf,
  everythingOf,
  setSettings,
  switchFlow,
  tokenOf,
} from '../support/reconnecting.js';
import { runSql } from '../support/sql.js';
import { createTestApp } from '../support/test-app.js';

const SETTINGS = {
  systemPrompt: 'You sell coffee.',
  toneOfVoice: 'warm',
  keyInformation: 'Closed on Mondays.',
};

test.each([
  { flow: 'moca', accountId: '17841405500000001' },
  { flow: 'instagram', accountId: '25410031000000007' },
  { flow: 'facebook', accountId: '17841405500000001' },
] as const)(
  'In the $flow flow, connecting again brings a new token and leaves the row, its settings and its age.',
  async ({ flow, accountId }) => {
    await using moca = await createTestApp({ flow });
    await moca.connect('page-token');
    await setSettings(moca, accountId, SETTINGS);
    const before = await everythingOf(moca, accountId);
    moca.clock.advance(3 * DAY);
    expect((await moca.connect('page-token')).accountId).toBe(accountId);
    const after = await everythingOf(moca, accountId);
    expect(after.account).toMatchObject({
      accountId,
      connectedAt: before.account.connectedAt,
      updatedAt: moca.clock.now().toISOString(),
      settings: { ...SETTINGS, version: 2 },
      tokenStatus: { state: 'ACTIVE', kind: before.account.tokenStatus.kind },
    });
    expect(after.token).not.toBe(before.token);
    expect(after.history.map(({ type }) => type)).toEqual(['connected', 'settings_changed', 'reconnected']);
    expect(await countAccounts(moca)).toBe(1);
  },
);

test.each([
  { flows: ['instagram', 'facebook'], accountId: '25410031000000007', kind: 'PAGE' },
  { flows: ['instagram', 'moca'], accountId: '25410031000000007', kind: 'PAGE' },
  { flows: ['moca', 'facebook'], accountId: '17841405500000001', kind: 'PAGE' },
  { flows: ['facebook', 'moca'], accountId: '17841405500000001', kind: 'PAGE' },
] as const)(
  'A person who comes back by another flow ($flows) is the same account, with the token of the better one.',
  async ({ flows: [first, second], accountId, kind }) => {
    await using moca = await createTestApp({ flow: first });
    await moca.connect('page-token');
    await setSettings(moca, accountId, SETTINGS);
    await switchFlow(moca, second);
    const account = await moca.connect('page-token');
    expect(account).toMatchObject({
      accountId,
      professionalAccountId: '17841405500000001',
      tokenStatus: { kind },
      connection: { flow: second.toUpperCase() },
    });
    expect((await accountOf(moca, accountId)).settings).toMatchObject(SETTINGS);
    expect(await eventsOf(moca, accountId)).toEqual(['connected', 'settings_changed', 'reconnected']);
    expect(await countAccounts(moca)).toBe(1);
  },
);

test('An account that is known by both ids is found by either of them.', async () => {
  await using moca = await createTestApp();
  // The page tells the professional id, the Instagram token of the second consent tells both.
  await moca.connect('lower-rung-second');
  await moca.connect('lower-rung-second');
  await switchFlow(moca, 'facebook');
  expect((await moca.connect('lower-rung-second')).accountId).toBe('17841405510000001');
  await switchFlow(moca, 'moca');
  expect((await moca.connect('lower-rung-second')).accountId).toBe('17841405510000001');
  expect(await countAccounts(moca)).toBe(1);
});

test("Meta's callbacks will name whoever consented to the token that is stored now.", async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  await moca.connect('page-token');
  expect(await runSql(moca, 'select grantor_id from instagram_account')).toEqual([
    { grantor_id: '25410031000000007' },
  ]);
  await switchFlow(moca, 'facebook');
  await moca.connect('page-token');
  expect(await runSql(moca, 'select grantor_id from instagram_account')).toEqual([
    { grantor_id: '10230031000000011' },
  ]);
});

test('Two people of one kind are two accounts.', async () => {
  await using moca = await createTestApp();
  await moca.connect('page-token');
  await moca.connect('page-token#2');
  expect(await countAccounts(moca)).toBe(2);
});

test.each([
  ['the code is refused', 'code_exchange', 'capability', 'APP_MISCONFIGURED'],
  ['there is no long-lived token', 'fb_exchange_token', 'app_unknown', 'APP_MISCONFIGURED'],
  ['no page is listed', 'me_accounts', 'permission_denied', 'PAGE_NOT_LINKED'],
  ['the profile is refused', 'page_profile', 'app_removed', 'REAUTHORIZATION_REQUIRED'],
  ['Meta is away', 'fb_exchange_token', 'unavailable', 'META_UNAVAILABLE'],
] as const)(
  'A reconnect that fails because %s changes nothing of the account.',
  async (_why, endpoint, fault, code) => {
    await using moca = await createTestApp({ flow: 'facebook' });
    const { accountId } = await moca.connect('page-token');
    await setSettings(moca, accountId, SETTINGS);
    const before = await everythingOf(moca, accountId);
    moca.clock.advance(DAY);
    moca.sandbox.faults.inject({ fault, endpoint });
    expect((await refused(moca, await moca.consent('page-token'))).extensions.code).toBe(code);
    expect(await everythingOf(moca, accountId)).toEqual(before);
    expect((await attemptsOf(moca)).map(({ outcome }) => outcome)).toEqual([
      code === 'META_UNAVAILABLE' ? 'OPEN' : 'FAILED',
      'SAVED',
    ]);
  },
);

test('A better token replaces a lesser one without a question to Meta about the old one.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  await moca.connect('page-token');
  const lesser = await tokenOf(moca, '25410031000000007');
  await switchFlow(moca, 'facebook');
  moca.sandbox.ledger.clear();
  await moca.connect('page-token');
  const asked = moca.sandbox.ledger.calls().map(({ params }) => params['access_token']);
  expect(asked).not.toContain(lesser);
  expect(callCounts(moca.sandbox)).not.toHaveProperty('ig_me');
});

test('Connecting with another code while the first is still being made is one account with one history.', async () => {
  await using moca = await createTestApp();
  const callbacks = await Promise.all(Array.from({ length: 5 }, () => moca.consent('page-token')));
  const completions = await Promise.all(callbacks.map((callback) => complete(moca, callback)));
  for (const completion of completions) expect(completion).toEqual({ accountId: '17841405500000001' });
  expect(await countAccounts(moca)).toBe(1);
  expect(await eventsOf(moca, '17841405500000001')).toEqual([
    'connected',
    ...Array.from({ length: 4 }, () => 'reconnected'),
  ]);
});
