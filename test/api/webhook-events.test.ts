import { expect, test } from 'vitest';
import { WebhookEventsDocument, WebhookStatusDocument } from '../../src/generated/graphql.js';
import { DAY, HOUR } from '../../src/time.js';
import { createEventReceiver } from '../support/event-receiver.js';
import { runSql, sqlTime } from '../support/sql.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { aComment, aMessage, allEvents, notificationOf, postWebhook } from '../support/webhooks.js';

async function page(moca: TestApp, variables: { accountId?: string; after?: string | null; first?: number }) {
  return (await moca.service.send(WebhookEventsDocument, variables)).webhookEvents;
}

async function receive(moca: TestApp, ...ids: string[]): Promise<void> {
  for (const id of ids) await postWebhook(moca, notificationOf(aComment('1', id)));
}

function idsOf({ edges }: Awaited<ReturnType<typeof page>>): string[] {
  return edges.map(({ node }) => (JSON.parse(node.payload) as { id: string }).id);
}

test('Events are read page by page, the oldest first, and a cursor goes on where it stopped, whenever that is.', async () => {
  await using moca = await createTestApp();
  const empty = await page(moca, {});
  expect(empty).toEqual({
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  });
  await receive(moca, 'a', 'b', 'c');
  const first = await page(moca, { first: 2 });
  expect([idsOf(first), first.pageInfo.hasNextPage, first.pageInfo.hasPreviousPage]).toEqual([
    ['a', 'b'],
    true,
    false,
  ]);
  const after = first.pageInfo.endCursor;
  const second = await page(moca, { first: 2, after });
  expect([idsOf(second), second.pageInfo.hasNextPage, second.pageInfo.hasPreviousPage]).toEqual([
    ['c'],
    false,
    true,
  ]);
  // A reader that has seen all asks again with what it had last.
  const end = second.pageInfo.endCursor;
  expect(idsOf(await page(moca, { after: end }))).toEqual([]);
  await receive(moca, 'a', 'd');
  expect(idsOf(await page(moca, { after: end }))).toEqual(['d']);
  await moca.restart();
  expect(idsOf(await page(moca, { after }))).toEqual(['c', 'd']);
});

test('Every event comes once to a reader that reads on while others arrive.', async () => {
  await using moca = await createTestApp();
  const seen: string[] = [];
  let after: string | null = null;
  let arrived = 0;
  for (let round = 0; round < 20; round += 1) {
    const arrivals = Array.from({ length: round % 4 }, () => `c${(arrived += 1)}`);
    const reading = page(moca, { after, first: 3 });
    await Promise.all([...arrivals.map((id) => receive(moca, id)), reading]);
    const { edges, pageInfo } = await reading;
    seen.push(...edges.map(({ node }) => node.id));
    after = pageInfo.endCursor ?? after;
  }
  for (let rest = await page(moca, { after }); rest.edges.length > 0; rest = await page(moca, { after })) {
    seen.push(...rest.edges.map(({ node }) => node.id));
    after = rest.pageInfo.endCursor;
  }
  expect(seen).toEqual((await allEvents(moca)).map(({ id }) => id));
  expect(seen).toHaveLength(arrived);
});

test("An account's events are its own, and an unknown account has none.", async () => {
  await using moca = await createTestApp();
  const one = await moca.connect('page-token');
  const two = await moca.connect('page-token#2');
  const [first, second] = [one, two].map(({ professionalAccountId }) => professionalAccountId ?? '');
  await postWebhook(
    moca,
    notificationOf(aComment(first ?? '', 'a'), aComment(second ?? '', 'b'), aComment(first ?? '', 'c')),
  );
  expect(idsOf(await page(moca, { accountId: one.accountId }))).toEqual(['a', 'c']);
  expect(idsOf(await page(moca, { accountId: two.accountId }))).toEqual(['b']);
  expect(idsOf(await page(moca, { accountId: '404' }))).toEqual([]);
});

test('A size or a cursor that is none is BAD_USER_INPUT, one of another list too.', async () => {
  await using moca = await createTestApp();
  await receive(moca, 'a');
  const historyCursor = Buffer.from('["history",1]').toString('base64url');
  const bad = [
    { first: 0 },
    { first: 101 },
    { first: -1 },
    { after: 'x' },
    { after: '' },
    { after: historyCursor },
  ];
  for (const variables of bad) {
    const { extensions } = await moca.service.fail(WebhookEventsDocument, variables);
    expect({ variables, code: extensions.code }).toEqual({ variables, code: 'BAD_USER_INPUT' });
  }
});

test('Echoes are marked, so that nobody answers himself.', async () => {
  await using moca = await createTestApp();
  await moca.connect('page-token');
  await moca.app.work();
  moca.sandbox.push.connectTo(moca.url);
  for (const kind of ['message', 'echo', 'comment', 'reply'] as const) {
    await moca.sandbox.push.notify('page-token', kind);
  }
  expect((await allEvents(moca)).map(({ field, isEcho }) => [field, isEcho])).toEqual([
    ['messages', false],
    ['messages', true],
    ['comments', false],
    ['comments', true],
  ]);
});

test('An event is kept as long as WEBHOOK_RETENTION says, and not a day longer.', async () => {
  await using moca = await createTestApp({ env: { WEBHOOK_RETENTION: '48h' } });
  await receive(moca, 'a');
  const { pageInfo } = await page(moca, {});
  moca.clock.advance(DAY);
  await receive(moca, 'b');
  moca.clock.advance(DAY - HOUR);
  await moca.app.work();
  expect(idsOf(await page(moca, {}))).toEqual(['a', 'b']);
  moca.clock.advance(DAY);
  await moca.app.work();
  expect(idsOf(await page(moca, {}))).toEqual(['b']);
  // A cursor of what is gone is still one.
  expect(idsOf(await page(moca, { after: pageInfo.endCursor }))).toEqual(['b']);
  moca.clock.advance(2 * DAY);
  await moca.app.work();
  expect(await allEvents(moca)).toEqual([]);
  await receive(moca, 'c');
  expect(idsOf(await page(moca, { after: pageInfo.endCursor }))).toEqual(['c']);
  const { webhookStatus } = await moca.admin.send(WebhookStatusDocument, {});
  expect(webhookStatus).toMatchObject({ stored: 3, lost: 0, forwards: false, waiting: 0 });
});

test('What could not be forwarded before its time is over is removed all the same, counted as lost, and logged.', async () => {
  await using receiver = await createEventReceiver();
  await using moca = await createTestApp({ env: receiver.env });
  receiver.answerWith(500);
  await receive(moca, 'a', 'b');
  await moca.app.work();
  moca.clock.advance(6 * DAY);
  await receive(moca, 'c');
  moca.clock.advance(DAY + HOUR);
  await moca.app.work();
  const { webhookStatus } = await moca.admin.send(WebhookStatusDocument, {});
  expect(webhookStatus).toMatchObject({ stored: 3, lost: 2, forwards: true, waiting: 1 });
  expect(moca.log.join('')).toContain('"event":"webhook.lost","lost":2');
  receiver.answerWith(200);
  moca.clock.advance(HOUR);
  await moca.app.work();
  expect(receiver.taken.map(({ body }) => (body.payload as { id?: string }).id)).toEqual(['c']);
});

test('More events than one statement takes are removed, too.', async () => {
  await using moca = await createTestApp();
  for (const part of [0, 1, 2]) {
    const entries = Array.from({ length: 900 }, (_, index) =>
      aMessage('1', `m${part}-${index}`, { text: 'x' }),
    );
    await postWebhook(moca, notificationOf(...entries));
  }
  moca.clock.advance(8 * DAY);
  await moca.app.work();
  expect(await allEvents(moca)).toEqual([]);
});

test('What cannot be removed keeps nothing else from being removed, and is logged.', async () => {
  await using moca = await createTestApp();
  for (const table of ['account_event', 'notice']) {
    await receive(moca, table);
    const column = table === 'notice' ? 'ended_at' : 'at';
    await runSql(moca, `alter table ${table} rename column ${column} to elsewhere`);
    await runSql(
      moca,
      `insert into meta_limit (scope, blocks, until, reason) values ('account:1', 'all', ${sqlTime(moca.clock.now())}, '')`,
    );
    moca.clock.advance(8 * DAY);
    await moca.app.work();
    expect(await allEvents(moca)).toEqual([]);
    expect(await runSql(moca, 'select scope from meta_limit')).toEqual([]);
    await runSql(moca, `alter table ${table} rename column elsewhere to ${column}`);
  }
  const failures = moca.log.filter((line) => line.includes('what is kept no longer could not be removed'));
  expect(failures.map((line) => (JSON.parse(line) as { what: string }).what)).toEqual([
    'account events',
    'notices',
  ]);
});
