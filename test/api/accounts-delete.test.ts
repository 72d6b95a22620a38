import 'reflect-metadata';
import { createHmac } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { AccountsService } from '../../src/accounts/accounts.service.js';
import {
  CompleteInstagramAuthDocument,
  ConnectionAttemptsDocument,
  DeleteInstagramAccountDocument,
  InstagramAccessTokenDocument,
  InstagramAccountDocument,
  UpdateInstagramAccountSettingsDocument,
} from '../../src/generated/graphql.js';
import { Keyring } from '../../src/tokens/keyring.js';
import { idsOf, listPage } from '../support/listing.js';
import { everythingStored, runSql } from '../support/sql.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';

async function remove(moca: TestApp, accountId: string): Promise<string> {
  const { deleteInstagramAccount } = await moca.admin.send(DeleteInstagramAccountDocument, { accountId });
  return deleteInstagramAccount;
}

test('A deleted account is gone from every answer, and the others stay.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const { accountId: other } = await moca.connect('page-token#2');
  moca.sandbox.ledger.clear();
  expect(await remove(moca, accountId)).toBe(accountId);
  expect(idsOf(await listPage(moca.admin))).toEqual([other]);
  expect(await moca.admin.send(InstagramAccountDocument, { accountId })).toEqual({ instagramAccount: null });
  for (const failure of [
    await moca.service.fail(InstagramAccessTokenDocument, { accountId }),
    await moca.admin.fail(DeleteInstagramAccountDocument, { accountId }),
    await moca.admin.fail(UpdateInstagramAccountSettingsDocument, { accountId, settings: {} }),
  ]) {
    expect(failure.extensions.code).toBe('NOT_FOUND');
  }
  expect(moca.sandbox.ledger.calls()).toEqual([]);
});

test('One row stays, which says what, who and when, and names nobody but to who knows the id.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const settings = { systemPrompt: 'personal words' };
  await moca.admin.send(UpdateInstagramAccountSettingsDocument, { accountId, settings });
  moca.clock.advance(1_000);
  await remove(moca, accountId);
  await moca.admin.fail(DeleteInstagramAccountDocument, { accountId });

  expect(await runSql(moca, 'select * from instagram_account')).toEqual([]);
  const events = await runSql(moca, 'select * from account_event');
  const { key } = new Keyring([{ id: 'test', bytes: Buffer.from(testSecrets.ringKey, 'base64') }]).primary(
    'deletion-record',
  );
  expect(events).toEqual([
    {
      id: expect.any(Number),
      account_id: null,
      at: moca.clock.now().getTime(),
      type: 'deleted',
      actor: 'admin:ada',
      detail: null,
      once_key: null,
      subject_hash: `test.${createHmac('sha256', key).update(accountId).digest('base64url')}`,
    },
  ]);
});

test("Nothing of the person stays in the database's bytes: no id, no name, no settings.", async () => {
  await using moca = await createTestApp();
  const account = await moca.connect('two-linked-pages');
  const { accountId, accountName, displayName, professionalAccountId } = account;
  await moca.connect('two-linked-pages', { professionalAccountId: accountId });
  const settings = { systemPrompt: 'personal words' };
  await moca.admin.send(UpdateInstagramAccountSettingsDocument, { accountId, settings });
  const traces = [accountId, professionalAccountId, accountName, displayName, 'personal words'];
  const before = await everythingStored(moca);
  for (const trace of traces) expect(before).toContain(trace);
  await remove(moca, accountId);
  const after = await everythingStored(moca);
  for (const trace of traces) expect(after).not.toContain(trace);
});

test('The attempt stays without the person: its code is never sent again, and answers NOT_FOUND.', async () => {
  await using moca = await createTestApp();
  const callback = await moca.consent('page-token');
  const { completeInstagramAuth } = await moca.visitor.send(CompleteInstagramAuthDocument, callback);
  const { accountId } = completeInstagramAuth;
  await remove(moca, accountId);
  moca.sandbox.ledger.clear();
  const { extensions } = await moca.visitor.fail(CompleteInstagramAuthDocument, callback);
  expect(extensions.code).toBe('NOT_FOUND');
  expect(moca.sandbox.ledger.calls()).toEqual([]);
  const { connectionAttempts } = await moca.admin.send(ConnectionAttemptsDocument, {});
  expect(connectionAttempts.edges.map(({ node }) => node)).toEqual([
    expect.objectContaining({ outcome: 'SAVED', accountId: null, steps: [], problem: null }),
  ]);
});

test('Whoever connects again after the deletion starts anew.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const settings = { systemPrompt: 'old' };
  await moca.admin.send(UpdateInstagramAccountSettingsDocument, { accountId, settings });
  await remove(moca, accountId);
  moca.clock.advance(60_000);
  const before = moca.clock.now();
  await moca.connect('page-token');
  const { instagramAccount } = await moca.admin.send(InstagramAccountDocument, { accountId });
  expect(instagramAccount?.settings).toEqual({
    systemPrompt: null,
    toneOfVoice: null,
    keyInformation: null,
    version: 1,
  });
  expect(new Date(instagramAccount?.connectedAt ?? 0).getTime()).toBeGreaterThanOrEqual(before.getTime());
});

test('A deletion that cannot be recorded does not happen.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const attempts = () => moca.admin.send(ConnectionAttemptsDocument, {});
  const account = () => moca.admin.send(InstagramAccountDocument, { accountId });
  const before = [await account(), await attempts()];
  await runSql(moca, 'alter table account_event rename column type to kind');
  const { extensions } = await moca.admin.fail(DeleteInstagramAccountDocument, { accountId });
  expect(extensions.code).toBe('INTERNAL_SERVER_ERROR');
  expect([await account(), await attempts()]).toEqual(before);
});

test('An account that is deleted while it is being listed is NOT_FOUND, and no fault of ours.', async () => {
  await using moca = await createTestApp();
  await moca.connect('page-token');
  // Between the list and its reports there is no door: the reports are read as if it were gone.
  using _reports = vi.spyOn(AccountsService.prototype, 'connectionReports').mockResolvedValue(new Map());
  const { extensions, message } = await moca.admin.failRaw(
    '{ instagramAccounts { edges { node { connection { flow } } } } }',
  );
  expect(extensions).toMatchObject({ code: 'NOT_FOUND', retryable: false });
  expect(message).toBe('The account has just been deleted.');
});
