import { expect, test } from 'vitest';
import { WebhookStatusDocument } from '../../src/generated/graphql.js';
import { createEventReceiver, type EventBody } from '../support/event-receiver.js';
import { createStorm, inParallel } from '../support/storm.js';
import { createTestApp } from '../support/test-app.js';
import { allEvents, postWebhook } from '../support/webhooks.js';

const EVENTS = 1_000;
const seed = Number(process.env['STORM_SEED'] ?? Date.now() % 1_000_000);

function textOf({ payload }: { payload: EventBody['payload'] }): string {
  return payload.text ?? (payload.message as { text?: string } | undefined)?.text ?? '';
}

test(`1,000 events, sent one to five times each, shuffled, with forgeries among them, are 1,000 effects (seed ${seed}).`, async () => {
  await using receiver = await createEventReceiver();
  await using moca = await createTestApp({ env: receiver.env });
  const accounts: string[] = [];
  for (let copy = 1; copy <= 8; copy += 1) {
    accounts.push((await moca.connect(`page-token#${copy}`)).professionalAccountId ?? '');
  }
  const storm = createStorm({
    seed,
    events: EVENTS,
    // One of them is nobody's.
    entryIds: [...accounts, '17841499999999999'],
    secret: moca.env['INSTAGRAM_CLIENT_SECRET'] ?? '',
  });
  const accepted = { good: 0, forged: 0 };
  const statuses = new Set<number>();
  await inParallel(storm.posts, 8, async ({ body, signature, isForged }) => {
    const { status } = await postWebhook(moca, body, { 'x-hub-signature-256': signature });
    statuses.add(status);
    if (status === 200) accepted[isForged ? 'forged' : 'good'] += 1;
  });
  expect(statuses).toEqual(new Set([200, 403]));
  const forged = storm.posts.filter(({ isForged }) => isForged).length;
  expect(forged).toBeGreaterThan(20);
  expect(accepted).toEqual({ good: storm.posts.length - forged, forged: 0 });

  const events = await allEvents(moca);
  const stored = events.map((event) =>
    textOf({ payload: JSON.parse(event.payload) as EventBody['payload'] }),
  );
  expect(stored.toSorted()).toEqual(storm.texts.toSorted());

  await moca.app.work();
  expect(receiver.received.every((one) => receiver.isSigned(one))).toBe(true);
  expect(receiver.taken.map(({ body }) => textOf(body)).toSorted()).toEqual(storm.texts.toSorted());
  expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(EVENTS);
  // In the order in which each account's were stored.
  for (const { entryId } of events) {
    expect(receiver.taken.filter(({ body }) => body.entryId === entryId).map(({ id }) => id)).toEqual(
      events.filter((event) => event.entryId === entryId).map(({ id }) => id),
    );
    if (entryId !== events[0]?.entryId) break;
  }
  const { webhookStatus } = await moca.admin.send(WebhookStatusDocument, {});
  expect(webhookStatus).toMatchObject({ stored: EVENTS, unreadable: 0, lost: 0, waiting: 0 });
  expect(webhookStatus.repeated).toBeGreaterThan(1_000);
}, 120_000);
