import { expect, test } from 'vitest';
import {
  DeleteInstagramAccountDocument,
  DisconnectInstagramAccountDocument,
  RefreshInstagramTokenDocument,
} from '../../src/generated/graphql.js';
import { DAY, HOUR, MINUTE, plus } from '../../src/time.js';
import { createNoticeReceiver, type NoticeReceiver } from '../support/notice-receiver.js';
import { accountOf } from '../support/outcome.js';
import { switchFlow, tokenOf } from '../support/reconnecting.js';
import { runSql, sqlTime } from '../support/sql.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const RENEWAL = { endpoint: 'refresh_access_token' } as const;

function createToldApp(receiver: NoticeReceiver): Promise<TestApp> {
  return createTestApp({ flow: 'instagram', env: receiver.env });
}

/** Lets time pass and the worker work, every so often. */
async function pass(moca: TestApp, ms: number, everyMs: number): Promise<void> {
  const end = plus(moca.clock.now(), ms);
  while (moca.clock.now() < end) {
    moca.clock.advance(everyMs);
    await moca.app.work();
  }
}

test('A token that needs the person is told once, signed, and its recovery once.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createToldApp(receiver);
  const { accountId, accountName } = await moca.connect('page-token');
  moca.clock.advance(34 * DAY);
  moca.sandbox.revoke('page-token', 458);
  const now = moca.clock.now();
  await moca.app.work();
  await pass(moca, 3 * DAY, DAY);
  await moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
  await moca.app.work();
  expect(receiver.taken).toHaveLength(1);
  const [notice] = receiver.taken;
  expect(notice?.body).toEqual({
    id: notice?.id,
    type: 'needs_reauthorization',
    at: now.toISOString(),
    account: { accountId, accountName },
    problem: expect.objectContaining({ code: 'REAUTHORIZATION_REQUIRED', metaCode: 190, metaSubcode: 458 }),
    detail: null,
  });
  for (const one of receiver.taken) expect(receiver.isSigned(one)).toBe(true);

  await moca.connect('page-token');
  await moca.app.work();
  await pass(moca, 40 * DAY, 5 * DAY);
  expect(receiver.types()).toEqual(['needs_reauthorization', 'recovered']);
});

test('A renewal that fails until a week is left is told as expiring, and then as recovered or as over.', async () => {
  for (const ending of ['recovered', 'needs_reauthorization'] as const) {
    await using receiver = await createNoticeReceiver();
    await using moca = await createToldApp(receiver);
    const { tokenStatus } = await moca.connect('page-token');
    moca.sandbox.faults.inject({ fault: 'html_502', ...RENEWAL });
    const weekLeft = plus(new Date(tokenStatus.expiresAt ?? 0), -7 * DAY);
    moca.clock.set(plus(weekLeft, -DAY));
    await pass(moca, DAY, 6 * HOUR);
    await pass(moca, 2 * DAY, 6 * HOUR);
    expect(receiver.types()).toEqual(['expiring']);
    if (ending === 'recovered') moca.sandbox.faults.clear();
    await pass(moca, 8 * DAY, 6 * HOUR);
    expect(receiver.types()).toEqual(['expiring', ending]);
  }
});

test('An admin who disconnects an account is not told of it, and ends its incident without a word.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createToldApp(receiver);
  const { accountId } = await moca.connect('page-token');
  moca.clock.advance(34 * DAY);
  moca.sandbox.revoke('page-token', 458);
  await moca.app.work();
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId });
  await moca.app.work();
  await moca.connect('page-token');
  await moca.app.work();
  expect(receiver.types()).toEqual(['needs_reauthorization']);
});

test('A token that is only late to be renewed, because the server was away, is no incident.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createToldApp(receiver);
  const { accountId, tokenStatus } = await moca.connect('page-token');
  moca.clock.set(plus(new Date(tokenStatus.expiresAt ?? 0), -5 * DAY));
  await moca.app.work();
  await moca.app.work();
  expect((await accountOf(moca, accountId)).tokenStatus.state).toBe('ACTIVE');
  expect(receiver.types()).toEqual([]);
});

test('A token that is late to be renewed is an incident as soon as that renewal fails.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createToldApp(receiver);
  const { tokenStatus } = await moca.connect('page-token');
  moca.sandbox.faults.inject({ fault: 'html_502', ...RENEWAL });
  moca.clock.set(plus(new Date(tokenStatus.expiresAt ?? 0), -5 * DAY));
  await pass(moca, DAY, HOUR);
  expect(receiver.types()).toEqual(['expiring']);
});

test('Two rows that turn out to be one person end the incidents of both.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createTestApp({ flow: 'instagram', env: receiver.env });
  const { accountId: older } = await moca.connect('page-token');
  await runSql(moca, 'update instagram_account set professional_account_id = null');
  moca.clock.advance(34 * DAY);
  moca.sandbox.revoke('page-token', 458);
  await moca.app.work();
  await switchFlow(moca, 'facebook');
  const { accountId: newer } = await moca.connect('page-token');
  expect(newer).not.toBe(older);
  await switchFlow(moca, 'instagram');
  await moca.connect('page-token');
  await moca.app.work();
  const { tokenStatus } = await accountOf(moca, older);
  expect(tokenStatus).toMatchObject({ kind: 'PAGE', state: 'ACTIVE' });
  expect(receiver.types()).toEqual(['needs_reauthorization', 'recovered']);

  moca.sandbox.revoke('page-token', 460);
  moca.clock.advance(8 * DAY);
  await moca.app.work();
  await moca.app.work();
  expect(receiver.types()).toEqual(['needs_reauthorization', 'recovered', 'needs_reauthorization']);
});

test('The breaker is told when it opens and when it closes, once each.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createToldApp(receiver);
  for (let copy = 1; copy <= 8; copy += 1) await moca.connect(`page-token#${copy}`);
  moca.sandbox.faults.inject({ fault: 'app_unknown', ...RENEWAL });
  moca.clock.advance(34 * DAY);
  await moca.app.work();
  await pass(moca, 3 * HOUR, 10 * MINUTE);
  expect(receiver.types()).toEqual(['breaker_opened']);
  moca.sandbox.faults.clear();
  await pass(moca, 3 * HOUR, 10 * MINUTE);
  expect(receiver.types()).toEqual(['breaker_opened', 'breaker_closed']);
});

test.each([{ status: 500 }, { status: 404 }, { status: 302 }, { status: 429 }])(
  'A receiver that answers $status gets the same notice again, after growing pauses, until it takes it.',
  async ({ status }) => {
    await using receiver = await createNoticeReceiver();
    await using moca = await createToldApp(receiver);
    await moca.connect('page-token');
    moca.clock.advance(34 * DAY);
    moca.sandbox.revoke('page-token', 460);
    receiver.answerWith(status);
    const pauses: number[] = [];
    await moca.app.work();
    for (let tries = 1; tries <= 4; tries += 1) {
      expect(receiver.received).toHaveLength(tries);
      const [row] = await runSql(moca, 'select retry_at from notice');
      pauses.push((Number(row?.['retry_at']) - moca.clock.now().getTime()) / MINUTE);
      moca.clock.set(new Date(Number(row?.['retry_at']) - 1));
      await moca.app.work();
      expect(receiver.received).toHaveLength(tries);
      moca.clock.advance(1);
      if (tries === 4) receiver.answerWith(204);
      await moca.app.work();
    }
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(2 ** index * 0.8);
      expect(pause).toBeLessThanOrEqual(2 ** index * 1.2);
    }
    await pass(moca, DAY, HOUR);
    expect(receiver.received).toHaveLength(5);
    expect(new Set(receiver.received.map(({ id, raw }) => id + raw)).size).toBe(1);
  },
);

test('What happens to one account arrives in its order, however long the first notice takes.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createToldApp(receiver);
  await moca.connect('page-token');
  await moca.connect('page-token#2');
  moca.clock.advance(34 * DAY);
  receiver.answerWith(503);
  moca.sandbox.revoke('page-token', 458);
  await moca.app.work();
  await moca.connect('page-token');
  moca.sandbox.revoke('page-token#2', 458);
  await moca.app.work();
  receiver.answerWith(200);
  await pass(moca, HOUR, MINUTE);
  const ofFirst = receiver.taken.filter(({ body }) => body.account?.accountName === 'moca_page_token');
  expect(ofFirst.map(({ body }) => body.type)).toEqual(['needs_reauthorization', 'recovered']);
});

test('A receiver that is away for a week is not told any more, which is logged; later notices arrive.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createToldApp(receiver);
  const { accountId } = await moca.connect('page-token');
  moca.clock.advance(34 * DAY);
  moca.sandbox.revoke('page-token', 458);
  receiver.answerWith(500);
  await moca.app.work();
  await pass(moca, 8 * DAY, 6 * HOUR);
  const tries = receiver.received.length;
  await pass(moca, 2 * DAY, 6 * HOUR);
  expect(receiver.received).toHaveLength(tries);
  expect(moca.log.join('')).toContain('a notice was given up');
  receiver.answerWith(200);
  await moca.connect('page-token');
  await moca.app.work();
  expect(receiver.types()).toEqual(['recovered']);
  expect((await accountOf(moca, accountId)).tokenStatus.state).toBe('ACTIVE');
});

test('A crash between the delivery and its note sends the same notice once more, when the lease is over.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createToldApp(receiver);
  await moca.connect('page-token');
  moca.clock.advance(34 * DAY);
  moca.sandbox.revoke('page-token', 458);
  await moca.app.work();
  const until = moca.clock.now().getTime() + MINUTE;
  await runSql(
    moca,
    `update notice set ended_at = null, fence = 'of a dead process', lease_until = ${sqlTime(new Date(until))}`,
  );
  await moca.app.work();
  expect(receiver.received).toHaveLength(1);
  moca.clock.set(new Date(until));
  await moca.app.work();
  expect(receiver.received).toHaveLength(2);
  expect(receiver.received[1]?.id).toBe(receiver.received[0]?.id);
});

test('A deleted account takes its undelivered notices with it.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createToldApp(receiver);
  const { accountId } = await moca.connect('page-token');
  moca.clock.advance(34 * DAY);
  moca.sandbox.revoke('page-token', 458);
  receiver.answerWith(500);
  await moca.app.work();
  await moca.admin.send(DeleteInstagramAccountDocument, { accountId });
  expect(await runSql(moca, 'select id from notice')).toEqual([]);
});

test("Neither the log nor a notice holds a token, the secret, or the receiver's address.", async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createToldApp(receiver);
  const { accountId } = await moca.connect('page-token');
  const token = await tokenOf(moca, accountId);
  moca.clock.advance(34 * DAY);
  moca.sandbox.revoke('page-token', 458);
  receiver.answerWith(500);
  await moca.app.work();
  receiver.answerWith(200);
  await pass(moca, HOUR, 10 * MINUTE);
  expect(receiver.taken).toHaveLength(1);
  const told = moca.log.join('') + receiver.taken.map(({ raw }) => raw).join('');
  expect(told).toContain('a notice was not taken');
  for (const secret of [token, receiver.env.NOTIFY_SECRET, 'canary-of-the-url'])
    expect(told).not.toContain(secret);
});

test('Without an address no notice gathers in the database.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  await moca.connect('page-token');
  moca.clock.advance(34 * DAY);
  moca.sandbox.revoke('page-token', 458);
  await moca.app.work();
  expect(await runSql(moca, 'select id from notice')).toEqual([]);
});

test('Notices that were not delivered when their address was taken away are removed after 30 days, and that is logged.', async () => {
  await using receiver = await createNoticeReceiver();
  await using moca = await createToldApp(receiver);
  await moca.connect('page-token');
  moca.clock.advance(34 * DAY);
  moca.sandbox.revoke('page-token', 458);
  receiver.answerWith(500);
  await moca.app.work();
  await moca.restart({}, { NOTIFY_URL: '', NOTIFY_SECRET: '' });
  moca.clock.advance(30 * DAY);
  await moca.app.work();
  expect(await runSql(moca, 'select id from notice')).toHaveLength(1);
  moca.clock.advance(1);
  await moca.app.work();
  expect(await runSql(moca, 'select id from notice')).toEqual([]);
  expect(moca.log.join('')).toContain('"event":"notice.lost","lost":1');
});
