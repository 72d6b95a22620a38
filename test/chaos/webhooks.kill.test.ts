import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CompleteInstagramAuthDocument } from '../../src/generated/graphql.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { HOUR, MINUTE } from '../../src/time.js';
import { Client } from '../support/client.js';
import { createTestDatabase } from '../support/databases.js';
import { createEventReceiver, type EventBody, type EventReceiver } from '../support/event-receiver.js';
import { eventually } from '../support/eventually.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { createStorm, inParallel, type StormPost } from '../support/storm.js';
import { testEnvironment, testSecrets } from '../support/test-app.js';
import { allEvents } from '../support/webhooks.js';
import { consentAt } from './consent.js';

const EVENTS = 1_000;
const seed = Number(process.env['STORM_SEED'] ?? Date.now() % 1_000_000);

/** So many of an account are on their way before it is written down what became of them. */
const LONGEST_RUN = 20;

/** After so many of the posts a server is killed. */
const KILLED_AT = [0.2, 0.5, 0.8];

/** One server process after the other on one database. */
interface Generations extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly service: Client;
  readonly visitor: Client;
  /** Starts the next one, for which the leases of those before are over. */
  next(): Promise<void>;
  kill(): Promise<void>;
}

async function createGenerations(receiver: EventReceiver): Promise<Generations> {
  const sandbox = await createSandbox();
  const database = await createTestDatabase();
  const env = testEnvironment(sandbox, database.url, {
    flow: 'instagram',
    env: { ...receiver.env, RATE_LIMIT_COMPLETE: '1000/s', RATE_LIMIT_AUTH_URL: '1000/s' },
  });
  let running: ServerProcess | null = null;
  let generation = 0;
  const url = (): string => running?.url ?? '';
  const kill = async (): Promise<void> => {
    running?.child.kill('SIGKILL');
    await running?.ended;
  };
  return {
    sandbox,
    visitor: new Client(url),
    service: new Client(url, testSecrets.serviceKey),
    next: async () => {
      generation += 1;
      const order = JSON.stringify({ aheadMs: generation * 5 * MINUTE });
      running = await startServerProcess(env, {
        path: join(import.meta.dirname, 'victim.ts'),
        args: [order],
      });
      sandbox.push.connectTo(running.url);
    },
    kill,
    [Symbol.asyncDispose]: async () => {
      await kill();
      await sandbox.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function connect({ visitor, sandbox }: Generations, persona: string): Promise<string> {
  const callback = await consentAt(visitor, sandbox, persona);
  const { completeInstagramAuth } = await visitor.send(CompleteInstagramAuthDocument, callback);
  return completeInstagramAuth.professionalAccountId ?? '';
}

function textOf(payload: EventBody['payload']): string {
  return payload.text ?? (payload.message as { text?: string } | undefined)?.text ?? '';
}

test(`A receiver that is killed again and again while 1,000 events come one to five times loses none and takes none twice (seed ${seed}).`, async () => {
  await using receiver = await createEventReceiver();
  await using servers = await createGenerations(receiver);
  const { sandbox, service } = servers;
  await servers.next();
  const entryIds: string[] = [];
  for (let copy = 1; copy <= 5; copy += 1) entryIds.push(await connect(servers, `page-token#${copy}`));
  const secret = sandbox.apps.instagram.clientSecret;
  const storm = createStorm({ seed, events: EVENTS, entryIds, secret });

  let sent = 0;
  let isStarting: Promise<void> = Promise.resolve();
  const deaths = KILLED_AT.map((share) => Math.floor(share * storm.posts.length));
  await inParallel(storm.posts, 6, async (post) => {
    sent += 1;
    if (deaths.includes(sent)) {
      // The next one comes up while Meta goes on sending; never two of them, for each takes the others' leases to
      // be over.
      isStarting = isStarting.then(() => servers.kill()).then(() => servers.next());
    }
    await send(sandbox, post);
  });
  await isStarting;
  expect(sandbox.push.deliveries().some(({ nextAt }) => nextAt !== null)).toBe(true);

  // Meta's repetitions, on a clock that is compressed.
  for (
    let hours = 0;
    hours < 36 && sandbox.push.deliveries().some(({ nextAt }) => nextAt !== null);
    hours += 1
  ) {
    sandbox.clock.advance(HOUR);
    await sandbox.push.deliverDue();
  }
  expect(sandbox.push.deliveries().filter(({ status, nextAt }) => status !== 200 || nextAt !== null)).toEqual(
    [],
  );

  const events = await allEvents({ service });
  expect(events.map(({ payload }) => textOf(JSON.parse(payload) as EventBody['payload'])).toSorted()).toEqual(
    storm.texts.toSorted(),
  );
  await eventually(() =>
    expect(new Set(receiver.taken.map(({ id }) => id))).toEqual(new Set(events.map(({ id }) => id))),
  );
  // Forwarding is at least once: what a killed process had under way comes again, under the same key.
  expect(receiver.received.every((one) => receiver.isSigned(one))).toBe(true);
  expect(receiver.taken.length - EVENTS).toBeLessThanOrEqual(
    KILLED_AT.length * entryIds.length * LONGEST_RUN,
  );
  for (const entryId of entryIds) {
    const firsts = [
      ...new Set(receiver.taken.filter(({ body }) => body.entryId === entryId).map(({ id }) => id)),
    ];
    expect(firsts).toEqual(events.filter((event) => event.entryId === entryId).map(({ id }) => id));
  }
}, 180_000);

/** Meta repeats what is not taken; a forger tries once. */
async function send(sandbox: Sandbox, { body, signature, isForged }: StormPost): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature };
  if (!isForged) {
    await sandbox.push.send({ body, headers });
    return;
  }
  const url = `${sandbox.push.appUrl}/webhooks/instagram`;
  const status = await fetch(url, { method: 'POST', body, headers }).then(
    (response) => response.status,
    () => null,
  );
  expect([403, null]).toContain(status);
}
