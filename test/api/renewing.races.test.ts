import { expect, test } from 'vitest';
import {
  DeleteInstagramAccountDocument,
  DisconnectInstagramAccountDocument,
  InstagramAccountDocument,
  RefreshInstagramTokenDocument,
} from '../../src/generated/graphql.js';
import { DAY, MINUTE, plus } from '../../src/time.js';
import { eventually } from '../support/eventually.js';
import { accountOf } from '../support/outcome.js';
import {
  countRenewals,
  createProxiedApp,
  holdRenewals,
  REVOKED,
  type HeldRenewals,
  type ProxiedApp,
} from '../support/proxied-app.js';
import { eventsOf, tokenOf } from '../support/reconnecting.js';
import { startServerProcess } from '../support/server-process.js';
import { runSql, sqlMoved, sqlTime } from '../support/sql.js';
import { createTestApp } from '../support/test-app.js';

/** Of `page-token` in the instagram flow. */
const ACCOUNT = '25410031000000007';

interface HeldRound extends HeldRenewals {
  /** The worker's round, which stands at Meta. */
  readonly round: Promise<void>;
}

/** An app whose worker renews an account that is due, at a Meta that holds the renewal up. */
async function createHeldRound(): Promise<ProxiedApp & HeldRound> {
  const moca = await createProxiedApp('instagram');
  await moca.connect('page-token');
  moca.clock.advance(34 * DAY);
  const held = holdRenewals(moca);
  const round = moca.app.work();
  await held.arrived;
  return Object.assign(moca, held, { round });
}

async function heldLeases(moca: { databaseUrl: string }): Promise<number> {
  const [row] = await runSql(
    moca,
    'select count(*) as held from instagram_account where lease_until is not null',
  );
  return Number(row?.['held']);
}

test.each([
  { how: 'succeeds', answer: undefined },
  { how: 'says that the token is dead', answer: REVOKED },
])('A reconnect during a round wins, when the renewal $how later.', async ({ answer }) => {
  await using moca = await createHeldRound();
  await moca.connect('page-token');
  const newest = await tokenOf(moca, ACCOUNT);
  moca.release(answer);
  await moca.round;
  expect(await tokenOf(moca, ACCOUNT)).toBe(newest);
  expect((await accountOf(moca, ACCOUNT)).tokenStatus).toMatchObject({ state: 'ACTIVE', problem: null });
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'reconnected']);
  expect(await heldLeases(moca)).toBe(0);
});

test.each([{ answer: undefined }, { answer: REVOKED }])(
  'An account that is deleted during a round stays deleted.',
  async ({ answer }) => {
    await using moca = await createHeldRound();
    await moca.admin.send(DeleteInstagramAccountDocument, { accountId: ACCOUNT });
    moca.release(answer);
    await moca.round;
    const { instagramAccount } = await moca.admin.send(InstagramAccountDocument, { accountId: ACCOUNT });
    expect(instagramAccount).toBeNull();
    expect(await runSql(moca, 'select type from account_event')).toEqual([{ type: 'deleted' }]);
    expect(moca.log.join('')).not.toContain('"level":50');
  },
);

test('An account that is disconnected during a round stays disconnected.', async () => {
  await using moca = await createHeldRound();
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId: ACCOUNT });
  moca.release();
  await moca.round;
  expect((await accountOf(moca, ACCOUNT)).tokenStatus.state).toBe('DISCONNECTED');
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'disconnected']);
});

test('Whoever asks for a renewal that the worker is making gets its answer; Meta is asked once.', async () => {
  await using moca = await createHeldRound();
  const asked = moca.admin.send(RefreshInstagramTokenDocument, { accountId: ACCOUNT });
  await accountOf(moca, ACCOUNT);
  moca.release();
  const { refreshInstagramToken } = await asked;
  expect(refreshInstagramToken.tokenStatus.lastRefreshedAt).toBe(moca.clock.now().toISOString());
  expect(countRenewals(moca)).toBe(1);
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'renewed']);
});

test('Whoever asks for a renewal that the worker is making hears of its failure.', async () => {
  await using moca = await createHeldRound();
  const asked = moca.admin.fail(RefreshInstagramTokenDocument, { accountId: ACCOUNT });
  await accountOf(moca, ACCOUNT);
  moca.release(REVOKED);
  expect((await asked).extensions).toMatchObject({
    code: 'REAUTHORIZATION_REQUIRED',
    meta: { subcode: 458 },
  });
  await moca.round;
  expect(countRenewals(moca)).toBe(1);
});

test('A worker whose lease ran out while Meta took its time writes nothing; the next one renews.', async () => {
  await using moca = await createHeldRound();
  moca.clock.advance(2 * MINUTE);
  // Somebody else claims it meanwhile, and dies.
  await runSql(
    moca,
    `update instagram_account set fence = 'another', lease_until = ${sqlTime(plus(moca.clock.now(), MINUTE))}`,
  );
  moca.release();
  await moca.round;
  expect((await accountOf(moca, ACCOUNT)).tokenStatus.lastRefreshedAt).toBeNull();
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected']);
  moca.instagramGraph.intercept(() => null);
  await moca.app.work();
  expect(countRenewals(moca)).toBe(1);
  moca.clock.advance(MINUTE);
  await moca.app.work();
  expect(countRenewals(moca)).toBe(2);
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'renewed']);
});

test('A server that stops lets its renewals end, and leaves no lease behind.', async () => {
  await using moca = await createHeldRound();
  const closed = moca.app.close();
  moca.release();
  await moca.round;
  await closed;
  expect(await heldLeases(moca)).toBe(0);
  await moca.restart();
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'renewed']);
});

test('An account is not called expired while its renewal is under way.', async () => {
  await using moca = await createHeldRound();
  const { tokenStatus } = await accountOf(moca, ACCOUNT);
  await runSql(
    moca,
    `update instagram_account set lease_until = ${sqlTime(plus(new Date(tokenStatus.expiresAt ?? 0), MINUTE))}`,
  );
  moca.clock.set(new Date(tokenStatus.expiresAt ?? 0));
  await moca.app.work();
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected']);
  moca.release();
  await moca.round;
  expect((await accountOf(moca, ACCOUNT)).tokenStatus.state).toBe('ACTIVE');
});

test('A renewal that died with its process is made again by whoever asked for it.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  moca.clock.advance(2 * DAY);
  await runSql(
    moca,
    `update instagram_account set fence = 'dead', lease_until = ${sqlTime(plus(moca.clock.now(), 5_000))}`,
  );
  const asked = moca.admin.send(RefreshInstagramTokenDocument, { accountId });
  await accountOf(moca, accountId);
  moca.clock.advance(6_000);
  const { refreshInstagramToken } = await asked;
  expect(refreshInstagramToken.tokenStatus.lastRefreshedAt).toBe(moca.clock.now().toISOString());
});

test("Whoever waits for another process's renewal hears of its failure.", async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  moca.clock.advance(2 * DAY);
  const now = moca.clock.now();
  await runSql(
    moca,
    `update instagram_account set fence = 'other', lease_until = ${sqlTime(plus(now, MINUTE))}`,
  );
  const before = moca.clock.sleepers;
  const asked = moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
  // It has looked for the first time, and waits.
  await eventually(async () => expect(moca.clock.sleepers).toBeGreaterThan(before));
  const problem = {
    code: 'META_UNAVAILABLE',
    message: 'Meta could not be reached.',
    userAction: 'Try again.',
    metaCode: 2,
    metaSubcode: null,
    fbtraceId: null,
    at: now.toISOString(),
  };
  await runSql(
    moca,
    `update instagram_account set fence = null, lease_until = null, refresh_failures = 1,
       last_tried_at = ${sqlTime(now)}, token_problem = '${JSON.stringify(problem)}'`,
  );
  moca.clock.advance(1_000);
  expect((await asked).extensions).toMatchObject({ code: 'META_UNAVAILABLE', meta: { code: 2 } });
});

test('A token that was granted just before the server stops is stored, although its end is not known yet.', async () => {
  await using moca = await createHeldRound();
  moca.sandbox.faults.inject({ fault: 'missing_expires_in', endpoint: 'refresh_access_token' });
  const closed = moca.app.close();
  moca.release();
  await moca.round;
  await closed;
  await moca.restart();
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'renewed']);
  expect((await accountOf(moca, ACCOUNT)).tokenStatus.expiresAt).toBe(
    new Date(moca.clock.now().getTime() + 60 * DAY).toISOString(),
  );
});

test('Two servers on one database file renew everything that is due once, and miss nothing.', async () => {
  await using moca = await createTestApp({ flow: 'instagram', env: { RATE_LIMIT_COMPLETE: '1000/min' } });
  for (let copy = 1; copy <= 60; copy += 1) await moca.connect(`page-token#${copy}`);
  // The processes have the machine's clock: for them the tokens are older, at Meta it is later.
  moca.clock.advance(34 * DAY);
  await runSql(
    moca,
    `update instagram_account set next_refresh_at = ${sqlTime(new Date(1))},
       token_issued_at = ${sqlMoved('token_issued_at', -34 * DAY)},
       token_expiry = ${sqlMoved('token_expiry', -34 * DAY)}, expiry_order = expiry_order - ${34 * DAY}`,
  );
  await using one = await startServerProcess(moca.env);
  await using other = await startServerProcess(moca.env);
  await eventually(async () => {
    const [row] = await runSql(
      moca,
      'select count(*) as unrenewed from instagram_account where token_version = 1',
    );
    expect(row).toEqual({ unrenewed: 0 });
  });
  const calls = moca.sandbox.ledger.calls({ endpoint: 'refresh_access_token' });
  expect(calls).toHaveLength(60);
  expect(new Set(calls.map(({ persona }) => persona)).size).toBe(60);
  expect(
    await runSql(moca, 'select distinct token_version, fence, token_problem from instagram_account'),
  ).toEqual([{ token_version: 2, fence: null, token_problem: null }]);
  const faults = [...one.log, ...other.log].filter((line) => line.includes('"level":50'));
  expect(faults).toEqual([]);
});
