import { expect, test } from 'vitest';
import {
  AccountHistoryDocument,
  DeleteInstagramAccountDocument,
  DisconnectInstagramAccountDocument,
  RefreshInstagramTokenDocument,
} from '../../src/generated/graphql.js';
import { DAY, HOUR } from '../../src/time.js';
import { callCounts } from '../support/outcome.js';
import { historyOf, setSettings, switchFlow, tokenOf } from '../support/reconnecting.js';
import { runSql, sqlTime } from '../support/sql.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** Every event, oldest first, as `type actor`. */
async function storyOf(moca: TestApp, accountId: string): Promise<string[]> {
  const { instagramAccount } = await moca.admin.send(AccountHistoryDocument, { accountId, first: 100 });
  return (instagramAccount?.history.edges ?? []).map(({ node }) => `${node.type} ${node.actor}`).reverse();
}

test('Each mutation leaves one row with who did it, and one that is refused none.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  const refuse = () => moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
  await refuse();
  moca.clock.advance(DAY);
  await moca.admin.send(RefreshInstagramTokenDocument, { accountId });
  await setSettings(moca, accountId, { toneOfVoice: 'warm' });
  await refuse();
  moca.clock.advance(DAY);
  moca.sandbox.faults.inject({ fault: 'rate_user', minutes: 5, endpoint: 'refresh_access_token', times: 1 });
  await refuse();
  await refuse();
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId });
  await refuse();
  expect(await storyOf(moca, accountId)).toEqual([
    'connected system',
    'renewed admin:ada',
    'settings_changed admin:ada',
    'failed admin:ada',
    'disconnected admin:ada',
  ]);
});

test('What the server does by itself is done by `system`; a probe that finds nothing new is no event.', async () => {
  await using moca = await createTestApp();
  const { accountId: page } = await moca.connect('page-token');
  const { accountId: long } = await moca.connect('code-101');
  for (let week = 0; week < 5; week += 1) {
    moca.clock.advance(7 * DAY);
    await moca.app.work();
  }
  expect(moca.sandbox.ledger.count({ endpoint: 'page_profile' })).toBeGreaterThan(4);
  expect(await storyOf(moca, page)).toEqual(['connected system']);
  expect(await storyOf(moca, long)).toEqual(['connected system', 'renewed system']);
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'page_profile', times: 3 });
  moca.clock.advance(7 * DAY);
  await moca.app.work();
  moca.clock.advance(HOUR);
  await moca.app.work();
  expect(await storyOf(moca, page)).toEqual(['connected system', 'failed system', 'renewed system']);
});

test('That a service read the token is told once for each key and day.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  moca.clock.set(new Date('2027-01-10T22:00:00Z'));
  await Promise.all(Array.from({ length: 20 }, () => tokenOf(moca, accountId)));
  moca.clock.advance(HOUR);
  await tokenOf(moca, accountId);
  expect(await storyOf(moca, accountId)).toEqual(['connected system', 'token_read service:worker']);
  moca.clock.advance(HOUR);
  await tokenOf(moca, accountId);
  expect((await storyOf(moca, accountId)).slice(2)).toEqual(['token_read service:worker']);
});

test('Events are kept for 400 days; that an account was deleted stays.', async () => {
  await using moca = await createTestApp();
  const { accountId: kept } = await moca.connect('page-token');
  const { accountId: gone } = await moca.connect('page-token#2');
  await moca.admin.send(DeleteInstagramAccountDocument, { accountId: gone });
  moca.clock.advance(400 * DAY - HOUR);
  await moca.app.work();
  expect(await historyOf(moca, kept)).toHaveLength(1);
  moca.clock.advance(2 * DAY);
  await moca.app.work();
  expect(await historyOf(moca, kept)).toEqual([]);
  expect(await runSql(moca, 'select type, account_id from account_event')).toEqual([
    { type: 'deleted', account_id: null },
  ]);
});

test('More events than one statement takes are removed, too.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  await runSql(
    moca,
    `with recursive numbers(number) as (select 1 union all select number + 1 from numbers where number < 2500)
     insert into account_event (account_id, at, type, actor)
     select '${accountId}', ${sqlTime(moca.clock.now())}, 'failed', 'system' from numbers`,
  );
  moca.clock.advance(401 * DAY);
  await moca.app.work();
  expect(await runSql(moca, 'select id from account_event')).toEqual([]);
});

test.each(['unavailable', 'hang', 'token_expired'] as const)(
  'Disconnecting erases the token also when Meta answers the farewell with %s.',
  async (fault) => {
    await using moca = await createTestApp({
      overrides: { metaTimeouts: { connectMs: 100, responseMs: 200, totalMs: 300 } },
    });
    const { accountId } = await moca.connect('page-token');
    moca.sandbox.faults.inject({ fault, endpoint: 'any' });
    const { disconnectInstagramAccount } = await moca.admin.send(DisconnectInstagramAccountDocument, {
      accountId,
    });
    expect(disconnectInstagramAccount.tokenStatus).toMatchObject({ state: 'DISCONNECTED', problem: null });
    expect(await runSql(moca, 'select access_token from instagram_account')).toEqual([
      { access_token: null },
    ]);
  },
);

test('The farewell ends the subscription first, then the permissions, and Meta takes the token no more.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const token = await tokenOf(moca, accountId);
  moca.sandbox.ledger.clear();
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId });
  expect(
    moca.sandbox.ledger.calls().map(({ endpoint, method, status }) => [endpoint, method, status]),
  ).toEqual([
    ['unsubscribe_webhooks', 'DELETE', 200],
    ['revoke_permissions', 'DELETE', 200],
  ]);
  expect(moca.sandbox.isAlive(token)).toBe(false);
});

test('A person who connected two pages keeps their permissions until the second one leaves, too.', async () => {
  await using moca = await createTestApp();
  const first = await moca.connect('two-linked-pages', { professionalAccountId: '17841405504000001' });
  const second = await moca.connect('two-linked-pages', { professionalAccountId: '17841475504000001' });
  expect(second.accountId).not.toBe(first.accountId);
  const farewell = async (accountId: string): Promise<Record<string, number>> => {
    moca.sandbox.ledger.clear();
    await moca.admin.send(DisconnectInstagramAccountDocument, { accountId });
    return callCounts(moca.sandbox);
  };
  expect(await farewell(first.accountId)).toEqual({ unsubscribe_webhooks: 1 });
  expect(moca.sandbox.isAlive(await tokenOf(moca, second.accountId))).toBe(true);
  expect(await farewell(second.accountId)).toEqual({ unsubscribe_webhooks: 1, revoke_permissions: 1 });
});

test('Instagram refuses to take permissions back, and the account is disconnected all the same.', async () => {
  await using moca = await createTestApp();
  await switchFlow(moca, 'instagram');
  const { accountId } = await moca.connect('page-token');
  moca.sandbox.ledger.clear();
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId });
  expect(callCounts(moca.sandbox)).toEqual({ unsubscribe_webhooks: 1, revoke_permissions: 1 });
  expect((await historyOf(moca, accountId)).at(-1)).toMatchObject({ type: 'disconnected' });
});
