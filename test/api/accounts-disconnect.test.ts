import { expect, test } from 'vitest';
import {
  AccountHistoryDocument,
  DisconnectInstagramAccountDocument,
  InstagramAccessTokenDocument,
  InstagramAccountDocument,
  RefreshInstagramTokenDocument,
  UpdateInstagramAccountSettingsDocument,
} from '../../src/generated/graphql.js';
import { DAY } from '../../src/time.js';
import { callCounts } from '../support/outcome.js';
import { everythingStored, runSql } from '../support/sql.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

async function disconnect(moca: TestApp, accountId: string) {
  const { disconnectInstagramAccount } = await moca.admin.send(DisconnectInstagramAccountDocument, {
    accountId,
  });
  return disconnectInstagramAccount;
}

test('A disconnected account is DISCONNECTED, and Meta is told, and asked nothing about it any more.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  moca.sandbox.ledger.clear();
  expect(await disconnect(moca, accountId)).toMatchObject({
    accountId,
    tokenStatus: { state: 'DISCONNECTED', kind: 'PAGE', needsReauthorization: true, problem: null },
  });
  const token = await moca.service.fail(InstagramAccessTokenDocument, { accountId });
  expect(token.extensions.code).toBe('REAUTHORIZATION_REQUIRED');
  const renewal = await moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
  expect(renewal.extensions.code).toBe('REAUTHORIZATION_REQUIRED');
  expect(callCounts(moca.sandbox)).toEqual({ unsubscribe_webhooks: 1, revoke_permissions: 1 });
});

test.each([
  { what: 'the host', fault: 'rate_app' },
  { what: 'the account', fault: 'rate_instagram' },
] as const)('While Meta has closed $what, it is not told: that is logged.', async ({ fault }) => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  moca.clock.advance(2 * DAY);
  moca.sandbox.faults.inject({ fault, endpoint: 'refresh_access_token', minutes: 30 });
  await moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
  moca.sandbox.ledger.clear();
  expect(await disconnect(moca, accountId)).toMatchObject({ tokenStatus: { state: 'DISCONNECTED' } });
  expect(callCounts(moca.sandbox)).toEqual({});
  expect(moca.log.join('')).toContain('Meta limits our calls, and was not told of a farewell');
});

test('A farewell that meets a limit is not followed by another call.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  moca.sandbox.faults.inject({ fault: 'rate_app', endpoint: 'unsubscribe_webhooks', minutes: 30 });
  moca.sandbox.ledger.clear();
  await disconnect(moca, accountId);
  expect(callCounts(moca.sandbox)).toEqual({ unsubscribe_webhooks: 1 });
});

test("Even the sealed token is erased from the database's bytes at once, while other tokens stay.", async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  await moca.connect('page-token#2');
  const tokens = `select account_id, access_token from instagram_account order by account_id = '${accountId}'`;
  const [other, mine] = (await runSql(moca, tokens)).map(({ access_token }) => String(access_token));
  expect(await everythingStored(moca)).toContain(mine);
  await disconnect(moca, accountId);
  expect(await everythingStored(moca)).not.toContain(mine);
  expect(await everythingStored(moca)).toContain(other);
  const { instagramAccessToken } = await moca.service.send(InstagramAccessTokenDocument, {
    accountId: (await runSql(moca, tokens)).map(({ account_id }) => String(account_id))[0] ?? '',
  });
  expect(instagramAccessToken.accessToken).not.toBe('');
});

test('Disconnecting again changes nothing and is not told twice.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  await disconnect(moca, accountId);
  const read = () => moca.admin.send(InstagramAccountDocument, { accountId });
  const before = await read();
  moca.clock.advance(60_000);
  await Promise.all([disconnect(moca, accountId), disconnect(moca, accountId)]);
  expect(await read()).toEqual(before);
  const { instagramAccount } = await moca.admin.send(AccountHistoryDocument, { accountId });
  expect(instagramAccount?.history.edges.map(({ node }) => node.type)).toEqual(['disconnected', 'connected']);
});

test('Settings and history stay, and a later connect takes them up again.', async () => {
  await using moca = await createTestApp();
  const first = await moca.connect('page-token');
  const { accountId } = first;
  const settings = { systemPrompt: 'Be brief.', toneOfVoice: 'Warm' };
  await moca.admin.send(UpdateInstagramAccountSettingsDocument, { accountId, settings });
  await disconnect(moca, accountId);
  const again = await moca.connect('page-token');
  expect(again).toMatchObject({ accountId, tokenStatus: { state: 'ACTIVE', kind: 'PAGE' } });
  const { instagramAccount } = await moca.admin.send(InstagramAccountDocument, { accountId });
  expect(instagramAccount?.settings).toMatchObject({ ...settings, version: 2 });
  const { instagramAccessToken } = await moca.service.send(InstagramAccessTokenDocument, { accountId });
  expect(instagramAccessToken.kind).toBe('PAGE');
});

test('An unknown account is NOT_FOUND.', async () => {
  await using moca = await createTestApp();
  const { extensions } = await moca.admin.fail(DisconnectInstagramAccountDocument, { accountId: '404' });
  expect(extensions.code).toBe('NOT_FOUND');
  expect(await runSql(moca, 'select * from account_event')).toEqual([]);
});
