import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  CompleteInstagramAuthDocument,
  DeleteInstagramAccountDocument,
  InstagramAccountDocument,
  RefreshInstagramTokenDocument,
  UpdateInstagramAccountSettingsDocument,
} from '../../src/generated/graphql.js';
import { DAY, MINUTE } from '../../src/time.js';
import { Keyring } from '../../src/tokens/keyring.js';
import { createEventReceiver } from '../support/event-receiver.js';
import { send, type Answer } from '../support/http.js';
import { createNoticeReceiver } from '../support/notice-receiver.js';
import { everythingStored, runSql } from '../support/sql.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';
import { aComment, aMessage, allEvents, notificationOf, postWebhook } from '../support/webhooks.js';

/** As the log has it. */
const WARN = 40;
const PUBLIC = { PUBLIC_URL: 'https://moca.example/api' };

function requestDeletion(moca: TestApp, signedRequest: string): Promise<Answer> {
  return send(moca, '/meta/data-deletion', {
    method: 'POST',
    body: new URLSearchParams({ signed_request: signedRequest }),
  });
}

interface Deletion {
  readonly url: string;
  readonly confirmation_code: string;
}

async function deleted(moca: TestApp, signedRequest: string): Promise<Deletion> {
  const answer = await requestDeletion(moca, signedRequest);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  return JSON.parse(answer.text) as Deletion;
}

async function grantorOf(moca: TestApp, accountId: string): Promise<string> {
  const [row] = await runSql(
    moca,
    `select grantor_id from instagram_account where account_id = '${accountId}'`,
  );
  return String(row?.['grantor_id']);
}

async function exists(moca: TestApp, accountId: string): Promise<boolean> {
  return (await moca.admin.send(InstagramAccountDocument, { accountId })).instagramAccount !== null;
}

test('All that is stored about a person is deleted, in every table and in the bytes of the files.', async () => {
  await using notices = await createNoticeReceiver();
  await using events = await createEventReceiver();
  await using moca = await createTestApp({ flow: 'instagram', env: { ...notices.env, ...events.env } });
  const account = await moca.connect('page-token');
  const { accountId, professionalAccountId, accountName } = account;
  // Nobody whose name begins like the other's.
  const other = await moca.connect('code-101');
  const settings = { systemPrompt: 'personal words' };
  await moca.admin.send(UpdateInstagramAccountSettingsDocument, { accountId, settings });
  events.answerWith(500);
  notices.answerWith(500);
  await postWebhook(
    moca,
    notificationOf(
      aMessage(professionalAccountId ?? '', 'm1', { text: 'a personal message' }),
      aComment(other.professionalAccountId ?? '', 'c1'),
    ),
  );
  moca.clock.advance(2 * DAY);
  moca.sandbox.faults.inject({ fault: 'rate_instagram', endpoint: 'refresh_access_token', minutes: 600 });
  await moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
  moca.sandbox.revoke('page-token', 458);
  moca.sandbox.faults.clear();
  moca.clock.advance(DAY);
  await moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
  const grantorId = await grantorOf(moca, accountId);
  const traces = [accountId, professionalAccountId, accountName, 'personal words', 'a personal message'];
  const before = await everythingStored(moca);
  for (const trace of traces) expect(before).toContain(trace);

  await deleted(moca, moca.sandbox.push.signRequest({ user_id: grantorId }, 'instagram'));
  const after = await everythingStored(moca);
  for (const trace of traces) expect(after).not.toContain(trace);
  expect(await exists(moca, accountId)).toBe(false);
  expect(await exists(moca, other.accountId)).toBe(true);
  expect((await allEvents(moca)).map((event) => event.accountId)).toEqual([other.accountId]);
  expect(await runSql(moca, `select * from notice where subject = '${accountId}'`)).toEqual([]);
  expect(await runSql(moca, `select * from meta_limit`)).toEqual([]);
  // What is left names nobody.
  const { key } = new Keyring([{ id: 'test', bytes: Buffer.from(testSecrets.ringKey, 'base64') }]).primary(
    'deletion-record',
  );
  expect(await runSql(moca, "select * from account_event where type = 'deleted'")).toEqual([
    {
      id: expect.any(Number),
      account_id: null,
      at: moca.clock.now().getTime(),
      type: 'deleted',
      actor: 'meta',
      detail: null,
      once_key: null,
      subject_hash: `test.${createHmac('sha256', key).update(accountId).digest('base64url')}`,
    },
  ]);
});

test('An attempt that failed keeps no id of the account that it was to connect.', async () => {
  await using moca = await createTestApp({ flow: 'facebook' });
  const { accountId } = await moca.connect('page-token');
  const { extensions } = await moca.visitor.fail(CompleteInstagramAuthDocument, {
    ...(await moca.consent('several-pages')),
    professionalAccountId: accountId,
  });
  expect(extensions.code).toBe('PAGE_NOT_LINKED');
  await deleted(
    moca,
    moca.sandbox.push.signRequest({ user_id: await grantorOf(moca, accountId) }, 'facebook'),
  );
  expect(await everythingStored(moca)).not.toContain(accountId);
});

test('The answer is an absolute URL and a code of letters and digits; the page there says what became of it, and not of whom.', async () => {
  await using moca = await createTestApp({ env: PUBLIC });
  const { accountId, accountName, displayName } = await moca.connect('page-token');
  const { url, confirmation_code } = await deleted(
    moca,
    moca.sandbox.push.signRequest({ user_id: await grantorOf(moca, accountId) }, 'documented'),
  );
  expect(confirmation_code).toMatch(/^[0-9a-z]{16,64}$/i);
  expect(url).toBe(`https://moca.example/api/data-deletion/${confirmation_code}`);
  const page = await send(moca, new URL(url).pathname.replace('/api', ''));
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page.headers.get('cache-control')).toBe('no-store');
  expect(page.text).toContain('Your data was deleted');
  expect(page.text).toContain(moca.clock.now().toISOString());
  for (const trace of [accountId, accountName, displayName ?? accountName, confirmation_code]) {
    expect(page.text).not.toContain(trace);
  }
  expect(moca.log.join('')).not.toContain(confirmation_code);
});

test('A code that nobody was given leads to a page that says so, whatever it looks like.', async () => {
  await using moca = await createTestApp({ env: PUBLIC });
  for (const code of ['0'.repeat(32), 'x', '%3Cscript%3E', '..%2f..', "'%20or%201=1", 'a'.repeat(90)]) {
    const page = await send(moca, `/data-deletion/${code}`);
    expect({ code, status: page.status }).toEqual({ code, status: 404 });
    expect(page.text).toContain('There is no such request');
    expect(page.text).not.toMatch(/<script|or 1=1/);
  }
});

test('The same request gets the same answer, and deletes nothing that came since.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const request = moca.sandbox.push.signRequest({ user_id: await grantorOf(moca, accountId) }, 'documented');
  const first = await deleted(moca, request);
  moca.clock.advance(MINUTE);
  await moca.connect('page-token');
  expect(await deleted(moca, request)).toEqual(first);
  const [mac = '', payload = ''] = request.split('.');
  expect(await deleted(moca, `${mac}=.${payload}`)).toEqual(first);
  const parallel = await Promise.all(Array.from({ length: 5 }, () => deleted(moca, request)));
  expect(new Set(parallel.map(({ confirmation_code }) => confirmation_code))).toEqual(
    new Set([first.confirmation_code]),
  );
  expect(await exists(moca, accountId)).toBe(true);
  expect(await runSql(moca, "select id from account_event where type = 'deleted'")).toHaveLength(1);
  expect(await runSql(moca, 'select accounts from deletion_request')).toEqual([{ accounts: 1 }]);
});

test('A request that comes late spares who first connected after it, and takes who was there before.', async () => {
  await using moca = await createTestApp();
  const before = await moca.connect('page-token');
  const grantorId = await grantorOf(moca, before.accountId);
  const request = moca.sandbox.push.signRequest({ user_id: grantorId }, 'documented');
  moca.clock.advance(MINUTE);
  await moca.connect('page-token');
  moca.clock.advance(MINUTE);
  await deleted(moca, request);
  expect(await exists(moca, before.accountId)).toBe(false);

  const late = moca.sandbox.push.signRequest({ user_id: grantorId }, 'documented');
  moca.clock.advance(MINUTE);
  const after = await moca.connect('page-token');
  await deleted(moca, late);
  expect(await exists(moca, after.accountId)).toBe(true);
});

test('All accounts of a person go; a page takes only its own.', async () => {
  await using moca = await createTestApp({ flow: 'facebook' });
  const first = await moca.connect('two-linked-pages');
  const { person } = moca.sandbox.grant('two-linked-pages', 'page');
  const second = await moca.connect('two-linked-pages', {
    professionalAccountId: person.pages.flatMap(({ account }) => account?.id ?? [])[1] ?? '',
  });
  const grantorId = await grantorOf(moca, second.accountId);
  const [row] = await runSql(
    moca,
    `select page_id from instagram_account where account_id = '${first.accountId}'`,
  );
  const ofPage = { user_id: 0, profile_id: String(row?.['page_id']) };
  await deleted(moca, moca.sandbox.push.signRequest(ofPage, 'facebook'));
  expect([await exists(moca, first.accountId), await exists(moca, second.accountId)]).toEqual([false, true]);
  await moca.connect('two-linked-pages');
  await deleted(moca, moca.sandbox.push.signRequest({ user_id: grantorId }, 'facebook'));
  expect(await runSql(moca, 'select account_id from instagram_account')).toEqual([]);
});

describe('Somebody whom nobody here knows', () => {
  test('gets a code all the same, and nothing is deleted.', async () => {
    await using moca = await createTestApp();
    const { accountId } = await moca.connect('page-token');
    const { confirmation_code } = await deleted(
      moca,
      moca.sandbox.push.signRequest({ user_id: '404' }, 'documented'),
    );
    const page = await send(moca, `/data-deletion/${confirmation_code}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('No account of yours was found');
    expect(page.text).not.toMatch(/was deleted</);
    expect(page.text).toContain(moca.clock.now().toISOString());
    const line = moca.log.find((one) => one.includes('meta.data_deleted')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ level: WARN, accounts: 0 });
    expect(await exists(moca, accountId)).toBe(true);
    expect(await runSql(moca, 'select accounts from deletion_request')).toEqual([{ accounts: 0 }]);
  });

  test('takes the events along that came for their id.', async () => {
    await using moca = await createTestApp();
    await postWebhook(moca, notificationOf(aComment('17841499999999999', 'c1'), aComment('2', 'c2')));
    await deleted(moca, moca.sandbox.push.signRequest({ user_id: '17841499999999999' }, 'documented'));
    expect((await allEvents(moca)).map(({ entryId }) => entryId)).toEqual(['2']);
  });
});

test('What is no signed request of now is refused, and deletes nothing.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const ids = { user_id: await grantorOf(moca, accountId) };
  const { push } = moca.sandbox;
  const old = push.signRequest(ids, 'documented');
  moca.clock.advance(8 * DAY);
  const [mac = '', payload = ''] = push.signRequest(ids, 'documented').split('.');
  for (const request of [
    old,
    '',
    payload,
    `${mac}.`,
    `${mac}.${payload}x`,
    `${mac}.${payload}.${payload}`,
    push.signRequest(ids, 'facebook'),
    push.signRequest({ ...ids, algorithm: 'none' }, 'documented'),
  ]) {
    expect(await requestDeletion(moca, request)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  }
  expect(await exists(moca, accountId)).toBe(true);
  expect(await runSql(moca, 'select * from deletion_request')).toEqual([]);
});

test("An admin's deletion takes the account's events along, those that came before it connected too.", async () => {
  await using moca = await createTestApp();
  const { accountId, professionalAccountId } = await moca.connect('page-token');
  await postWebhook(moca, notificationOf(aComment(professionalAccountId ?? '', 'c1'), aComment('2', 'c2')));
  await runSql(
    moca,
    `update webhook_event set account_id = null where entry_id = '${professionalAccountId}'`,
  );
  await postWebhook(moca, notificationOf(aComment(professionalAccountId ?? '', 'c3')));
  await moca.admin.send(DeleteInstagramAccountDocument, { accountId });
  expect((await allEvents(moca)).map(({ entryId }) => entryId)).toEqual(['2']);
});

test('A deletion that cannot be recorded does not happen, and the same request does it later.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const request = moca.sandbox.push.signRequest({ user_id: await grantorOf(moca, accountId) }, 'documented');
  await runSql(moca, 'alter table deletion_request rename column accounts to people');
  expect((await requestDeletion(moca, request)).status).toBe(500);
  expect(await exists(moca, accountId)).toBe(true);
  await runSql(moca, 'alter table deletion_request rename column people to accounts');
  await deleted(moca, request);
  expect(await exists(moca, accountId)).toBe(false);
});

test('A code that was used before the deletion is not sent to Meta again.', async () => {
  await using moca = await createTestApp();
  const callback = await moca.consent('page-token');
  const { completeInstagramAuth } = await moca.visitor.send(CompleteInstagramAuthDocument, callback);
  const { accountId } = completeInstagramAuth;
  await deleted(
    moca,
    moca.sandbox.push.signRequest({ user_id: await grantorOf(moca, accountId) }, 'documented'),
  );
  moca.sandbox.ledger.clear();
  const { extensions } = await moca.visitor.fail(CompleteInstagramAuthDocument, callback);
  expect(extensions.code).toBe('NOT_FOUND');
  expect(moca.sandbox.ledger.calls()).toEqual([]);
});
