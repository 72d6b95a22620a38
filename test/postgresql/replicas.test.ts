import { expect, test } from 'vitest';
import {
  CompleteInstagramAuthDocument,
  DeleteInstagramAccountDocument,
  DisconnectInstagramAccountDocument,
  InstagramAccessTokenDocument,
  RenewalStatusDocument,
  UpdateInstagramAccountSettingsDocument,
} from '../../src/generated/graphql.js';
import { DAY, HOUR, systemClock } from '../../src/time.js';
import { anAccount, seedAccounts } from '../support/accounts.js';
import { createNoticeReceiver } from '../support/notice-receiver.js';
import { accountOf, callCounts } from '../support/outcome.js';
import { countAccounts, eventsOf, historyOf } from '../support/reconnecting.js';
import { createBarrier, startReplica, type Replica } from '../support/replica.js';
import { runSql, sqlTime } from '../support/sql.js';
import { createTestApp, type Callback, type TestApp } from '../support/test-app.js';

// Two servers on one database do the same thing at the same moment. SQLite has nothing like it: there a
// transaction has the whole file (`database-processes.test.ts`).

const completeAt = ({ visitor }: Pick<Replica, 'visitor'>, callback: Callback) =>
  visitor.send(CompleteInstagramAuthDocument, callback);

function faultsIn({ log }: Pick<TestApp, 'log'>): string[] {
  return log.filter((line) => line.includes('"level":50'));
}

test('A person who connects for the first time by two codes at once has one account.', async () => {
  for (let round = 1; round <= 5; round += 1) {
    const points = createBarrier('account.save', 2);
    await using moca = await createTestApp({ overrides: { points } });
    await using other = await startReplica(moca, { points });
    const codes = [await moca.consent('page-token'), await moca.consent('page-token')] as const;
    const answers = await Promise.all([completeAt(moca, codes[0]), completeAt(other, codes[1])]);
    const [accountId] = new Set(answers.map(({ completeInstagramAuth }) => completeInstagramAuth.accountId));
    expect(await countAccounts(moca)).toBe(1);
    expect((await eventsOf(moca, accountId ?? '')).toSorted()).toEqual(['connected', 'reconnected']);
    expect(await runSql(moca, 'select token_version from instagram_account')).toEqual([{ token_version: 2 }]);
    expect(faultsIn(moca)).toEqual([]);
  }
});

test('Two rows that two connections find to be one person at once are merged once.', async () => {
  const points = createBarrier('account.save', 2);
  await using moca = await createTestApp({ flow: 'instagram', overrides: { points } });
  await using other = await startReplica(moca, { points });
  const codes = [await moca.consent('page-token'), await moca.consent('page-token')] as const;
  const [byPage, byMe] = ['17841405500000001', '25410031000000007'];
  await seedAccounts(moca, [
    anAccount({ accountId: byPage, tokenEnd: 'REVOKED' }),
    anAccount({ accountId: byMe, tokenEnd: 'REVOKED', connectedAt: moca.clock.now() }),
  ]);
  await runSql(
    moca,
    `update instagram_account set professional_account_id = '${byPage}' where account_id = '${byPage}'`,
  );
  await Promise.all([completeAt(moca, codes[0]), completeAt(other, codes[1])]);
  expect(await runSql(moca, 'select account_id from instagram_account')).toEqual([{ account_id: byPage }]);
  expect((await eventsOf(moca, byPage)).toSorted()).toEqual(['merged', 'reconnected', 'reconnected']);
  expect(faultsIn(moca)).toEqual([]);
});

test('One code that is sent to two servers at once is one attempt and one account.', async () => {
  // Whoever joins looks again and again: on a clock that goes.
  const overrides = { clock: systemClock };
  await using moca = await createTestApp({ overrides });
  await using other = await startReplica(moca, overrides);
  const callback = await moca.consent('page-token');
  const answers = await Promise.all([completeAt(moca, callback), completeAt(other, callback)]);
  expect(answers[0]).toEqual(answers[1]);
  expect(callCounts(moca.sandbox)['code_exchange']).toBe(1);
});

test('Of changes that name the version they have seen one wins at each version, and the others hear CONFLICT.', async () => {
  await using moca = await createTestApp();
  await using other = await startReplica(moca);
  const account = anAccount();
  await seedAccounts(moca, [account]);
  const { accountId } = account;
  for (let version = 1; version <= 5; version += 1) {
    const change = (admin: TestApp['admin'], index: number) =>
      admin.send(UpdateInstagramAccountSettingsDocument, {
        accountId,
        settings: { systemPrompt: `change ${version}.${index}` },
        expectedVersion: version,
      });
    const ends = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => change(index % 2 === 0 ? moca.admin : other.admin, index)),
    );
    const refusals = ends.filter((end) => end.status === 'rejected').map(({ reason }) => String(reason));
    expect(refusals).toHaveLength(7);
    for (const refusal of refusals) expect(refusal).toContain('CONFLICT');
  }
  expect((await accountOf(moca, accountId)).settings.version).toBe(6);
  expect(await eventsOf(moca, accountId)).toHaveLength(5);
});

test('Changes that name no version are all made, one after the other.', async () => {
  await using moca = await createTestApp();
  await using other = await startReplica(moca);
  const account = anAccount();
  await seedAccounts(moca, [account]);
  const { accountId } = account;
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? moca : other).admin.send(UpdateInstagramAccountSettingsDocument, {
        accountId,
        settings: { toneOfVoice: `tone ${index}` },
      }),
    ),
  );
  expect((await accountOf(moca, accountId)).settings.version).toBe(21);
  const details = (await historyOf(moca, accountId)).map(({ detail }) => detail);
  expect(new Set(details).size).toBe(20);
});

test('Two workers renew each token once, and find each end once.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createTestApp({ flow: 'instagram', env: receiver.env });
  await using other = await startReplica(moca);
  for (let copy = 1; copy <= 20; copy += 1) await moca.connect(`page-token#${copy}`);
  const expiring = Array.from({ length: 250 }, () =>
    anAccount({ tokenKind: 'LONG_LIVED', tokenExpiry: moca.clock.now() }),
  );
  await seedAccounts(moca, expiring);
  await runSql(moca, 'update instagram_account set state_check_at = token_expiry where access_token is null');
  moca.clock.advance(34 * DAY);
  await Promise.all([moca.app.work(), other.app.work()]);
  expect(moca.sandbox.ledger.count({ endpoint: 'refresh_access_token' })).toBe(20);
  expect(
    await runSql(moca, 'select type, count(*) as events from account_event group by type order by 1'),
  ).toEqual([
    { type: 'connected', events: 20 },
    { type: 'expired', events: 250 },
    { type: 'renewed', events: 20 },
  ]);
  expect(receiver.received).toHaveLength(250);
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(250);
  expect(faultsIn(moca)).toEqual([]);
});

test('Notices of one subject arrive in their order, though two servers send them.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createTestApp({ env: receiver.env });
  await using other = await startReplica(moca);
  const rows = Array.from(
    { length: 60 },
    (_, index) =>
      `('key-${index}', 'subject-${index % 3}', '{"type": "${index}"}', ${sqlTime(moca.clock.now())}, 0)`,
  );
  await runSql(moca, `insert into notice (key, subject, body, created_at, tries) values ${rows.join(', ')}`);
  await Promise.all([moca.app.work(), other.app.work()]);
  // Whoever had nothing to claim has stopped: what waited behind a notice of the other's is sent by it.
  const numbers = receiver.types().map(Number);
  expect(numbers.toSorted((one, another) => one - another)).toEqual(rows.map((_, index) => index));
  for (const subject of [0, 1, 2]) {
    const ofSubject = numbers.filter((number) => number % 3 === subject);
    expect(ofSubject).toEqual(ofSubject.toSorted((one, another) => one - another));
  }
});

test('Failures that two workers see at once open the breaker once, and it closes once.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createTestApp({ flow: 'instagram', env: receiver.env });
  await using other = await startReplica(moca);
  for (let copy = 1; copy <= 20; copy += 1) await moca.connect(`page-token#${copy}`);
  moca.clock.advance(34 * DAY);
  moca.sandbox.faults.inject({ fault: 'app_unknown', endpoint: 'refresh_access_token' });
  await Promise.all([moca.app.work(), other.app.work()]);
  const { renewalStatus } = await moca.admin.send(RenewalStatusDocument, {});
  expect(renewalStatus.breakers).toContainEqual(expect.objectContaining({ app: 'INSTAGRAM', state: 'OPEN' }));
  moca.sandbox.faults.clear();
  moca.clock.advance(HOUR);
  await Promise.all([moca.app.work(), other.app.work()]);
  await Promise.all([moca.app.work(), other.app.work()]);
  expect(receiver.types()).toEqual(['breaker_opened', 'breaker_closed']);
});

test('Of two accounts of one person that leave at once, the last one takes the permissions back.', async () => {
  for (let round = 1; round <= 5; round += 1) {
    await using moca = await createTestApp();
    await using other = await startReplica(moca);
    for (const professionalAccountId of ['17841405504000001', '17841475504000001']) {
      await moca.connect('two-linked-pages', { professionalAccountId });
    }
    const accounts = await runSql(moca, 'select account_id from instagram_account');
    moca.sandbox.ledger.clear();
    await Promise.all(
      accounts.map(({ account_id }, index) =>
        (index === 0 ? moca : other).admin.send(DisconnectInstagramAccountDocument, {
          accountId: String(account_id),
        }),
      ),
    );
    expect(callCounts(moca.sandbox)).toEqual({ unsubscribe_webhooks: 2, revoke_permissions: 1 });
  }
});

test('An account that is deleted while it is read, changed and connected leaves nothing, and no fault.', async () => {
  await using moca = await createTestApp();
  await using other = await startReplica(moca);
  for (let round = 1; round <= 5; round += 1) {
    const { accountId } = await moca.connect('page-token');
    const codes = await moca.consent('page-token');
    await Promise.allSettled([
      ...Array.from({ length: 4 }, () => moca.service.send(InstagramAccessTokenDocument, { accountId })),
      other.admin.send(UpdateInstagramAccountSettingsDocument, { accountId, settings: { toneOfVoice: 'x' } }),
      other.admin.send(DeleteInstagramAccountDocument, { accountId }),
      completeAt(other, codes),
    ]);
    await moca.admin.send(DeleteInstagramAccountDocument, { accountId }).catch(() => undefined);
    const left = 'select count(*) as events from account_event where account_id is not null';
    expect(await runSql(moca, left)).toEqual([{ events: 0 }]);
  }
  expect(faultsIn(moca)).toEqual([]);
});

test('That a service read a token is told once a day, whichever servers it asks.', async () => {
  await using moca = await createTestApp();
  await using other = await startReplica(moca);
  const { accountId } = await moca.connect('page-token');
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? moca : other).service.send(InstagramAccessTokenDocument, { accountId }),
    ),
  );
  expect(
    await runSql(moca, "select count(*) as events from account_event where type = 'token_read'"),
  ).toEqual([{ events: 1 }]);
});
