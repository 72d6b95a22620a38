import { afterAll, beforeAll, expect, test } from 'vitest';
import { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import type { AppOverrides } from '../../src/app.js';
import {
  AuthUrlDocument,
  InstagramAccountDocument,
  InstagramAccountsDocument,
} from '../../src/generated/graphql.js';
import { SECOND, systemClock } from '../../src/time.js';
import { openAt } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { createGate, type Gate } from '../support/gate.js';
import { send } from '../support/http.js';
import { accountOf, attemptsOf, callCounts, complete } from '../support/outcome.js';
import { startCluster, type Cluster } from '../support/postgresql/cluster.js';
import { createLine } from '../support/postgresql/line.js';
import { runSql, sqlTime } from '../support/sql.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

// A PostgreSQL server of their own: these tests stop it, so what it has committed has to be on its disk.

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ settings: ['synchronous_commit=on'] });
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** An app on that server, and on a clock that goes: what waits for the database waits in real time. */
function createAppThere(overrides: AppOverrides = {}, url = cluster.url): Promise<TestApp> {
  return createTestApp({
    env: { DATABASE_URL: url },
    overrides: { clock: systemClock, ...overrides },
  });
}

/** Takes the database away from a connection when it has come to the gate. */
async function breakOff(moca: TestApp, gate: Gate) {
  const callback = await moca.consent('page-token');
  const completion = complete(moca, callback);
  await gate.reached;
  await cluster.stop();
  gate.open();
  return { callback, completion };
}

test('While the database is away the server says so, and goes on by itself when it is back.', async () => {
  await using moca = await createAppThere();
  const { accountId } = await moca.connect('page-token');
  await cluster.stop();
  for (let tries = 0; tries < 3; tries += 1) {
    const failure = await moca.admin.fail(InstagramAccountDocument, { accountId });
    expect(failure).toEqual({
      status: 503,
      message: 'The database cannot be reached right now.',
      extensions: {
        code: 'INTERNAL_SERVER_ERROR',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        retryable: true,
        retryAfterSeconds: 2,
        userAction: 'Try again in a moment.',
      },
    });
  }
  await expect(moca.visitor.send(AuthUrlDocument, {})).resolves.toBeDefined();
  expect((await send(moca, '/livez')).status).toBe(200);
  const ready = await send(moca, '/readyz');
  expect([ready.status, JSON.parse(ready.text)]).toEqual([
    503,
    { status: 'unavailable', checks: { database: false, accepting: true }, details: {} },
  ]);
  await cluster.start();
  await eventually(async () => expect((await send(moca, '/readyz')).status).toBe(200));
  expect((await accountOf(moca, accountId)).accountId).toBe(accountId);
});

test('The queues of work go on by themselves when the database is back, and a server stops without it.', async () => {
  await using moca = await createAppThere({ worksByHand: false });
  const { accountId } = await moca.connect('page-token');
  await cluster.stop();
  await eventually(() => expect(moca.log.some((line) => line.includes('"level":50'))).toBe(true));
  await cluster.start();
  await runSql(moca, `update instagram_account set next_refresh_at = ${sqlTime(systemClock.now())}`);
  await eventually(
    async () => {
      const { tokenStatus } = await accountOf(moca, accountId);
      expect(Date.parse(String(tokenStatus.nextRefreshAt))).toBeGreaterThan(systemClock.now().getTime());
    },
    { deadlineMs: 40 * SECOND },
  );
  await cluster.stop();
  await moca.app.close();
  await cluster.start();
}, 90_000);

test('A database that restarts under many requests leaves none without an answer, and all are coded.', async () => {
  await using moca = await createAppThere();
  const { accountId } = await moca.connect('page-token');
  let isOver = false;
  const answers: string[] = [];
  const caller = async (): Promise<void> => {
    while (!isOver) {
      const answer = await moca.admin.send(InstagramAccountsDocument, {}).then(
        () => 'data',
        (error: { response: { status: number; errors: Array<{ extensions: { retryable: boolean } }> } }) =>
          `${error.response.status} ${error.response.errors[0]?.extensions.retryable}`,
      );
      answers.push(answer);
    }
  };
  const callers = Array.from({ length: 8 }, caller);
  await eventually(() => expect(answers.length).toBeGreaterThan(20));
  await cluster.stop();
  await eventually(() => expect(answers.filter((answer) => answer === '503 true').length).toBeGreaterThan(8));
  await cluster.start();
  await eventually(() => expect(answers.slice(-8)).toEqual(Array.from({ length: 8 }, () => 'data')));
  isOver = true;
  await Promise.all(callers);
  expect(new Set(answers)).toEqual(new Set(['data', '503 true']));
  expect((await accountOf(moca, accountId)).accountId).toBe(accountId);
});

test('A first token that comes while the database is away is kept until it is back: no code is lost by it.', async () => {
  const gate = createGate('attempt.exchanged');
  await using moca = await createAppThere({ points: gate.points });
  const { completion } = await breakOff(moca, gate);
  expect((await send(moca, '/readyz')).status).toBe(503);
  await cluster.start();
  const saved = await completion;
  expect(saved).toHaveProperty('accountId');
  expect(callCounts(moca.sandbox)['code_exchange']).toBe(1);
  expect((await attemptsOf(moca))[0]).toMatchObject({ outcome: 'SAVED' });
});

test('A database that says nothing any more is given up after a while, and its connections with it.', async () => {
  await using line = await createLine(Number(new URL(cluster.url).port));
  const url = `postgresql://moca@127.0.0.1:${line.port}/postgres?query_timeout=500`;
  await using moca = await createAppThere({}, url);
  const { accountId } = await moca.connect('page-token');
  line.cut();
  const failure = await moca.admin.fail(InstagramAccountDocument, { accountId });
  expect(failure).toMatchObject({ status: 503, extensions: { retryable: true } });
  // The dead connections are not used again, though they were never closed by the other side.
  line.mend();
  await eventually(async () => expect((await accountOf(moca, accountId)).accountId).toBe(accountId));
});

test('Transactions that cannot be begun on a dead connection give it back: the pool is not used up by them.', async () => {
  await using line = await createLine(Number(new URL(cluster.url).port));
  const url = `postgresql://moca@127.0.0.1:${line.port}/postgres?query_timeout=300`;
  await using database = await openAt(url, 2);
  await database.migrate();
  const write = (): Promise<number> =>
    database.em().transactional((em) => em.nativeUpdate(InstagramAccount, {}, { settingsVersion: 2 }));
  // Each of the two connections is open, and idle.
  await Promise.all([write(), write()]);
  line.cut();
  const refused = await Promise.allSettled([write(), write()]);
  expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  line.mend();
  await Promise.all([write(), write(), write()]);
});

test('Whoever calls again after the database broke their connection off does not wait for the lease.', async () => {
  const gate = createGate('account.save');
  await using moca = await createAppThere({ points: gate.points });
  const { callback, completion } = await breakOff(moca, gate);
  expect(await completion).toMatchObject({ failure: { status: 503, extensions: { retryable: true } } });
  await cluster.start();
  await eventually(async () => expect((await send(moca, '/readyz')).status).toBe(200));
  // After 25 seconds it would be told that the connection is still being made.
  expect(await complete(moca, callback)).toHaveProperty('accountId');
  expect(callCounts(moca.sandbox)['code_exchange']).toBe(1);
});
