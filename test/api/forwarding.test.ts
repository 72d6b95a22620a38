import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { DeleteInstagramAccountDocument, WebhookStatusDocument } from '../../src/generated/graphql.js';
import { DAY, MINUTE, SECOND } from '../../src/time.js';
import { createEventReceiver, type EventReceiver } from '../support/event-receiver.js';
import { eventually } from '../support/eventually.js';
import { startServerProcess } from '../support/server-process.js';
import { runSql, sqlTime } from '../support/sql.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { aComment, allEvents, notificationOf, postWebhook } from '../support/webhooks.js';

function createForwardingApp(receiver: EventReceiver): Promise<TestApp> {
  return createTestApp({ env: receiver.env });
}

async function receive(moca: TestApp, entryId: string, ...ids: string[]): Promise<void> {
  await postWebhook(moca, notificationOf(...ids.map((id) => aComment(entryId, id))));
}

function idsOf(receiver: EventReceiver): string[] {
  return receiver.taken.map(({ body }) => String((body.payload as { id?: string }).id));
}

test('An event is forwarded with all that is known of it, signed, under a key that stays the same.', async () => {
  await using receiver = await createEventReceiver();
  await using moca = await createForwardingApp(receiver);
  const { accountId, professionalAccountId } = await moca.connect('page-token');
  await receive(moca, professionalAccountId ?? '', 'c1');
  await moca.app.work();
  const [listed] = await allEvents(moca);
  const [event] = receiver.taken;
  expect(event?.body).toEqual({
    id: listed?.id,
    accountId,
    entryId: professionalAccountId,
    object: 'instagram',
    field: 'comments',
    isEcho: false,
    occurredAt: new Date(1_795_000_000_000).toISOString(),
    receivedAt: moca.clock.now().toISOString(),
    payload: { id: 'c1', from: { id: '526', username: 'alice' }, text: 'hi' },
  });
  expect(event?.id).toBe(listed?.id);
  expect(event?.signature).toBe(
    `sha256=${createHmac('sha256', receiver.secret)
      .update(event?.raw ?? '')
      .digest('hex')}`,
  );
  await moca.app.work();
  expect(receiver.received).toHaveLength(1);
});

test('A receiver that refuses gets the same event again, after growing pauses of seconds; nothing of the account overtakes it.', async () => {
  await using receiver = await createEventReceiver();
  await using moca = await createForwardingApp(receiver);
  await receive(moca, '1', 'a', 'b');
  receiver.answerWith(503);
  const pauses: number[] = [];
  await moca.app.work();
  for (let tries = 1; tries <= 9; tries += 1) {
    expect(receiver.received).toHaveLength(tries);
    const [row] = await runSql(moca, 'select retry_at from webhook_event where retry_at is not null');
    const retryAt = Number(row?.['retry_at']);
    pauses.push((retryAt - moca.clock.now().getTime()) / SECOND);
    moca.clock.set(new Date(retryAt - 1));
    await receive(moca, '1', `later ${tries}`);
    await moca.app.work();
    expect(receiver.received).toHaveLength(tries);
    moca.clock.advance(1);
    if (tries === 9) receiver.answerWith(202);
    await moca.app.work();
  }
  for (const [index, pause] of pauses.entries()) {
    const planned = Math.min(5 * 2 ** index, 600);
    expect(pause).toBeGreaterThanOrEqual(planned * 0.8 - 0.001);
    expect(pause).toBeLessThanOrEqual(planned * 1.2 + 0.001);
  }
  expect(new Set(receiver.received.slice(0, 10).map(({ id, raw }) => id + raw)).size).toBe(1);
  expect(idsOf(receiver)).toEqual([
    'a',
    'b',
    ...Array.from({ length: 9 }, (_, index) => `later ${index + 1}`),
  ]);
});

test('One account that waits holds up no other.', async () => {
  await using receiver = await createEventReceiver();
  await using moca = await createForwardingApp(receiver);
  await receive(moca, '1', 'a1', 'a2');
  receiver.answerWith(500);
  await moca.app.work();
  receiver.answerWith(200);
  await receive(moca, '2', 'b1', 'b2');
  await moca.app.work();
  expect(idsOf(receiver)).toEqual(['b1', 'b2']);
  moca.clock.advance(MINUTE);
  await moca.app.work();
  expect(idsOf(receiver)).toEqual(['b1', 'b2', 'a1', 'a2']);
});

test('Hundreds of events of one account arrive in their order, in one look.', async () => {
  await using receiver = await createEventReceiver();
  await using moca = await createForwardingApp(receiver);
  const ids = Array.from({ length: 350 }, (_, index) => `c${index}`);
  await receive(moca, '1', ...ids);
  await moca.app.work();
  expect(idsOf(receiver)).toEqual(ids);
});

test('A crash between the delivery and its note sends the same event once more, under the same key.', async () => {
  await using receiver = await createEventReceiver();
  await using moca = await createForwardingApp(receiver);
  await receive(moca, '1', 'a', 'b');
  await moca.app.work();
  const until = moca.clock.now().getTime() + MINUTE;
  await runSql(
    moca,
    `update webhook_event set ended_at = null, fence = 'of a dead process', lease_until = ${sqlTime(new Date(until))} where id = 2`,
  );
  await moca.app.work();
  expect(receiver.received).toHaveLength(2);
  moca.clock.set(new Date(until));
  await moca.app.work();
  expect(receiver.received).toHaveLength(3);
  expect(receiver.received[2]?.id).toBe(receiver.received[1]?.id);
});

test('Two servers on one database forward each event once, and those of an account in their order.', async () => {
  await using receiver = await createEventReceiver();
  await using moca = await createForwardingApp(receiver);
  const accounts = Array.from({ length: 20 }, (_, index) => String(index + 1));
  for (const account of accounts) await receive(moca, account, `${account}a`, `${account}b`, `${account}c`);
  await using one = await startServerProcess(moca.env);
  await using other = await startServerProcess(moca.env);
  await eventually(() => expect(receiver.taken.length).toBeGreaterThanOrEqual(60));
  await eventually(async () => {
    expect(await runSql(moca, 'select id from webhook_event where ended_at is null')).toEqual([]);
  });
  expect(receiver.received).toHaveLength(60);
  for (const account of accounts) {
    const ofAccount = receiver.taken.filter(({ body }) => body.entryId === account);
    expect(ofAccount.map(({ body }) => (body.payload as { id?: string }).id)).toEqual([
      `${account}a`,
      `${account}b`,
      `${account}c`,
    ]);
  }
  expect([...one.log, ...other.log].filter((line) => line.includes('"level":50'))).toEqual([]);
});

test('Events of an account that connects later keep their place before its newer ones.', async () => {
  await using receiver = await createEventReceiver();
  await using moca = await createForwardingApp(receiver);
  const { accountId, professionalAccountId } = await moca.connect('page-token');
  await moca.admin.send(DeleteInstagramAccountDocument, { accountId });
  receiver.answerWith(500);
  await receive(moca, professionalAccountId ?? '', 'before');
  await moca.app.work();
  await moca.connect('page-token');
  await receive(moca, professionalAccountId ?? '', 'after');
  receiver.answerWith(200);
  await moca.app.work();
  expect(idsOf(receiver)).toEqual([]);
  moca.clock.advance(MINUTE);
  await moca.app.work();
  expect(receiver.taken.map(({ body }) => body.accountId)).toEqual([accountId, accountId]);
  expect(idsOf(receiver)).toEqual(['before', 'after']);
});

test('Without an address nothing waits; what came then is not forwarded when there is one later.', async () => {
  await using receiver = await createEventReceiver();
  await using moca = await createTestApp();
  await receive(moca, '1', 'a');
  const { webhookStatus } = await moca.admin.send(WebhookStatusDocument, {});
  expect(webhookStatus).toMatchObject({ forwards: false, waiting: 0, oldestWaitingAt: null });
  await moca.restart({}, receiver.env);
  await receive(moca, '1', 'b');
  await moca.app.work();
  expect(idsOf(receiver)).toEqual(['b']);
});

test('How much waits, and since when, is shown.', async () => {
  await using receiver = await createEventReceiver();
  await using moca = await createForwardingApp(receiver);
  receiver.answerWith(500);
  const since = moca.clock.now().toISOString();
  await receive(moca, '1', 'a', 'b');
  moca.clock.advance(DAY);
  await receive(moca, '2', 'c');
  await moca.app.work();
  const { webhookStatus } = await moca.admin.send(WebhookStatusDocument, {});
  expect(webhookStatus).toMatchObject({ forwards: true, waiting: 3, oldestWaitingAt: since });
});

test("Neither the log nor an event holds the secret, or the receiver's address.", async () => {
  await using receiver = await createEventReceiver();
  await using moca = await createForwardingApp(receiver);
  await receive(moca, '1', 'a');
  receiver.answerWith(500);
  await moca.app.work();
  receiver.answerWith(200);
  moca.clock.advance(MINUTE);
  await moca.app.work();
  const told = moca.log.join('') + receiver.taken.map(({ raw }) => raw).join('');
  expect(told).toContain('an event was not taken');
  for (const secret of [receiver.secret, 'canary-of-the-url']) expect(told).not.toContain(secret);
});

test('A server that works by itself forwards within seconds.', async () => {
  await using receiver = await createEventReceiver();
  await using moca = await createTestApp({ env: receiver.env, overrides: { worksByHand: false } });
  await receive(moca, '1', 'a');
  await eventually(() => {
    moca.clock.advance(5 * SECOND);
    expect(idsOf(receiver)).toEqual(['a']);
  });
});
