import { expect, test } from 'vitest';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { AccountHistoryDocument } from '../../src/generated/graphql.js';
import { MINUTE, SECOND, type Clock } from '../../src/time.js';
import { Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { createGate } from '../support/gate.js';
import { attemptsOf, callCounts, complete, refused } from '../support/outcome.js';
import { runSql } from '../support/sql.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const PAGE_ACCOUNT = '17841405500000001';

test('A call waits for 25 seconds, then hears that the connection is pending; the same call joins it later.', async () => {
  const gate = createGate('meta.fb_exchange_token');
  await using moca = await createTestApp({ overrides: { points: gate.points } });
  const callback = await moca.consent('page-token');
  let answered = false;
  const first = refused(moca, callback).finally(() => {
    answered = true;
  });
  await gate.reached;
  moca.clock.advance(25 * SECOND - 1);
  await attemptsOf(moca);
  expect(answered).toBe(false);
  moca.clock.advance(1);
  expect(await first).toMatchObject({
    extensions: {
      code: 'CONNECTION_PENDING',
      retryable: true,
      retryAfterSeconds: 2,
      userAction: 'Wait a moment; the connection is still being made.',
    },
  });
  const second = complete(moca, callback);
  await attemptsOf(moca);
  gate.open();
  expect(await second).toEqual({ accountId: PAGE_ACCOUNT });
  expect(callCounts(moca.sandbox)).toMatchObject({ code_exchange: 1, fb_exchange_token: 1 });
});

test('A call that takes a connection over from another process waits for 25 seconds in all.', async () => {
  const holding = createGate('meta.fb_exchange_token');
  await using moca = await createTestApp({ overrides: { points: holding.points }, env: { WORKER: 'off' } });
  const callback = await moca.consent('page-token');
  const first = complete(moca, callback);
  await holding.reached;
  const taking = createGate('meta.fb_exchange_token');
  const looked = Promise.withResolvers<void>();
  const clock: Clock = {
    now: () => moca.clock.now(),
    sleep: (ms, signal) => {
      const slept = moca.clock.sleep(ms, signal);
      looked.resolve();
      return slept;
    },
  };
  await using other = await createApp(readConfig({ ...moca.env, LOG_LEVEL: 'silent' }), {
    clock,
    points: taking.points,
    worksByHand: true,
  });
  const url = await other.listen();
  // The lease has 24 seconds left: so long the call looks whether the other process has ended it.
  moca.clock.advance(6 * SECOND);
  const second = complete({ visitor: new Client(() => url) }, callback);
  await looked.promise;
  moca.clock.advance(24 * SECOND);
  await taking.reached;
  moca.clock.advance(SECOND);
  expect(await second).toMatchObject({ failure: { extensions: { code: 'CONNECTION_PENDING' } } });
  holding.open();
  taking.open();
  await first;
});

test('A connection goes on when nobody waits for it any more.', async () => {
  const gate = createGate('meta.fb_exchange_token');
  await using moca = await createTestApp({ overrides: { points: gate.points } });
  const callback = await moca.consent('page-token');
  const waiting = refused(moca, callback);
  await gate.reached;
  moca.clock.advance(25 * SECOND);
  await waiting;
  gate.open();
  await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'SAVED' }]));
});

test('A lease is renewed while its run makes progress: nobody else takes the attempt up.', async () => {
  const held: { moca?: TestApp } = {};
  await using moca = await createTestApp({
    overrides: {
      points: async (point, run) => {
        if (held.moca === undefined || !point.startsWith('meta.')) return run();
        const { clock } = held.moca;
        // Slow, but never slower than a call may be. Calls that are made together take that time together.
        const end = clock.now().getTime() + 14 * SECOND;
        const result = await run();
        clock.advance(Math.max(0, end - clock.now().getTime()));
        return result;
      },
    },
  });
  held.moca = moca;
  const completion = await complete(moca, await moca.consent('several-pages'));
  // Some 80 seconds: the caller has long been told to wait, and the sweeps have come by.
  expect(completion).toMatchObject({ failure: { extensions: { code: 'CONNECTION_PENDING' } } });
  await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'SAVED' }]));
  expect(callCounts(moca.sandbox)).toEqual({
    code_exchange: 1,
    fb_exchange_token: 1,
    me_accounts: 3,
    fb_me: 1,
    page_profile: 1,
  });
});

test('No call of Meta is begun with less of the lease left than a call may take.', async () => {
  const held: { moca?: TestApp } = {};
  const left: number[] = [];
  await using moca = await createTestApp({
    overrides: {
      points: async (point, run) => {
        if (held.moca === undefined || !point.startsWith('meta.')) return run();
        const [row] = await runSql(held.moca, 'select lease_until from auth_attempt');
        left.push(Number(row?.['lease_until']) - held.moca.clock.now().getTime());
        const result = await run();
        held.moca.clock.advance(7 * SECOND);
        return result;
      },
    },
  });
  held.moca = moca;
  await complete(moca, await moca.consent('several-pages'));
  await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'SAVED' }]));
  expect(left).toHaveLength(7);
  expect(Math.min(...left)).toBeGreaterThanOrEqual(15 * SECOND);
  // Renewed when it has to be, and not for every call.
  expect(new Set(left).size).toBeGreaterThan(1);
});

test('A run that was overtaken writes nothing, and its caller finds the account of the one that overtook it.', async () => {
  const gate = createGate('account.save');
  await using moca = await createTestApp({ overrides: { points: gate.points } });
  const callback = await moca.consent('page-token');
  const overtaken = complete(moca, callback);
  await gate.reached;
  // The lease is over, as if this process had been asleep: the sweep takes the attempt up.
  moca.clock.advance(31 * SECOND);
  await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'SAVED' }]));
  const before = await history(moca);
  gate.open();
  expect(await overtaken).toMatchObject({ failure: { extensions: { code: 'CONNECTION_PENDING' } } });
  expect(await complete(moca, callback)).toEqual({ accountId: PAGE_ACCOUNT });
  expect(before).toEqual(['connected']);
  expect(await history(moca)).toEqual(before);
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);
});

test('A token that cannot be stored for longer than the lease lasts is not lost to a sweep of the same process.', async () => {
  const gate = createGate('attempt.exchanged');
  await using moca = await createTestApp({ flow: 'facebook', overrides: { points: gate.points } });
  const outcomes = async () => (await attemptsOf(moca)).map(({ outcome }) => outcome).toSorted();
  // As if the database were away.
  const holding = complete(moca, await moca.consent('page-token'));
  await gate.reached;
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'fb_exchange_token', times: 3 });
  await refused(moca, await moca.consent('several-pages'));
  moca.clock.advance(31 * SECOND);
  // The other one was due, too: the sweep has come by.
  await eventually(async () => expect(await outcomes()).toEqual(['OPEN', 'SAVED']));
  gate.open();
  await holding;
  await eventually(async () => expect(await outcomes()).toEqual(['SAVED', 'SAVED']));
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange', persona: 'page-token' })).toBe(1);
});

test.each([
  { stands: 'before it has sent the code again', at: 'attempt.exchanging', sent: 1 },
  { stands: 'while it sends the code again', at: 'meta.code_exchange', sent: 2 },
] as const)(
  'Whoever has the token takes the attempt back from another process ($stands).',
  async ({ at, sent }) => {
    const holding = createGate('attempt.exchanged');
    const env = { WORKER: 'off' };
    await using moca = await createTestApp({ overrides: { points: holding.points }, env });
    const callback = await moca.consent('page-token');
    const first = complete(moca, callback);
    await holding.reached;
    const taking = createGate(at);
    await using other = await createApp(readConfig({ ...moca.env, LOG_LEVEL: 'silent' }), {
      clock: moca.clock,
      points: taking.points,
      worksByHand: true,
    });
    const url = await other.listen();
    moca.clock.advance(31 * SECOND);
    const second = complete({ visitor: new Client(() => url) }, callback);
    await taking.reached;
    holding.open();
    await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'SAVED' }]));
    taking.open();
    await Promise.all([first, second]);
    for (const visitor of [moca.visitor, new Client(() => url)]) {
      expect(await complete({ visitor }, callback)).toEqual({ accountId: PAGE_ACCOUNT });
    }
    expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(sent);
  },
);

test('A server that is not to sweep leaves attempts alone until they are asked for, and finishes its own.', async () => {
  await using moca = await createTestApp({ flow: 'facebook', env: { WORKER: 'off' } });
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'fb_exchange_token', times: 3 });
  const callback = await moca.consent('page-token');
  await refused(moca, callback);
  const calls = callCounts(moca.sandbox);
  moca.clock.advance(10 * MINUTE);
  // As much as a sweep would need, several times over.
  expect((await moca.connect('several-pages')).accountId).toBe('17841405502000001');
  moca.clock.advance(MINUTE);
  expect((await attemptsOf(moca)).map(({ outcome }) => outcome)).toEqual(['SAVED', 'OPEN']);
  expect(moca.sandbox.ledger.calls({ persona: 'page-token', endpoint: 'fb_exchange_token' })).toHaveLength(
    calls['fb_exchange_token'] ?? 0,
  );
  expect(await complete(moca, callback)).toEqual({ accountId: PAGE_ACCOUNT });
});

test('What was put off when the server stopped is taken up by the next one, when it is due.', async () => {
  await using moca = await createTestApp({ flow: 'facebook' });
  moca.sandbox.faults.inject({ fault: 'rate_app', endpoint: 'me_accounts', times: 1, minutes: 10 });
  await refused(moca, await moca.consent('page-token'));
  await moca.restart();
  moca.clock.advance(9 * MINUTE);
  expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'OPEN' }]);
  expect(moca.sandbox.ledger.count({ endpoint: 'me_accounts' })).toBe(1);
  moca.clock.advance(MINUTE);
  await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'SAVED' }]));
});

async function history(moca: Pick<Awaited<ReturnType<typeof createTestApp>>, 'admin'>): Promise<string[]> {
  const { instagramAccount } = await moca.admin.send(AccountHistoryDocument, { accountId: PAGE_ACCOUNT });
  return instagramAccount?.history.edges.map(({ node }) => node.type) ?? [];
}
