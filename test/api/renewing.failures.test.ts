import { describe, expect, test } from 'vitest';
import type { FaultName } from '../../src/sandbox/faults.js';
import { DAY, HOUR, MINUTE, SECOND, plus } from '../../src/time.js';
import { eventually } from '../support/eventually.js';
import { holdAccounts } from '../support/held-database.js';
import { accountOf } from '../support/outcome.js';
import { historyOf, tokenOf } from '../support/reconnecting.js';
import { createProxiedApp } from '../support/proxied-app.js';
import { runSql } from '../support/sql.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** When the next try is, counted from the failure. */
type Next = 'never' | 'passing' | 'daily' | readonly [minutes: number];

interface Row {
  readonly fault: FaultName;
  readonly minutes?: number;
  readonly code: string;
  readonly meta: readonly [number | null, number | null];
  readonly state: 'lives' | 'EXPIRED' | 'REVOKED';
  readonly next: Next;
}

const REAUTHORIZE = 'REAUTHORIZATION_REQUIRED';
const LIMITED = 'META_RATE_LIMITED';

/** Every class of Meta's refusals: what it makes of the token, what is told, and when it is tried again. */
const table: readonly Row[] = [
  { fault: 'unavailable', code: 'META_UNAVAILABLE', meta: [2, null], state: 'lives', next: 'passing' },
  { fault: 'unknown_error', code: 'META_UNAVAILABLE', meta: [1, null], state: 'lives', next: 'passing' },
  { fault: 'html_502', code: 'META_UNAVAILABLE', meta: [null, null], state: 'lives', next: 'passing' },
  { fault: 'reset', code: 'META_UNAVAILABLE', meta: [null, null], state: 'lives', next: 'passing' },
  { fault: 'broken_json', code: 'META_BAD_RESPONSE', meta: [null, null], state: 'lives', next: 'passing' },
  { fault: 'rate_app', minutes: 30, code: LIMITED, meta: [4, null], state: 'lives', next: [30] },
  { fault: 'rate_app_unnamed', minutes: 30, code: LIMITED, meta: [341, null], state: 'lives', next: [30] },
  { fault: 'http_429', minutes: 30, code: LIMITED, meta: [null, null], state: 'lives', next: [30] },
  { fault: 'rate_user', minutes: 31, code: LIMITED, meta: [17, null], state: 'lives', next: [31] },
  { fault: 'rate_page', minutes: 32, code: LIMITED, meta: [32, null], state: 'lives', next: [32] },
  { fault: 'rate_calls', minutes: 33, code: LIMITED, meta: [613, null], state: 'lives', next: [33] },
  {
    fault: 'rate_instagram',
    minutes: 34,
    code: LIMITED,
    meta: [80_002, 2_446_079],
    state: 'lives',
    next: [34],
  },
  { fault: 'policy_block', code: LIMITED, meta: [368, null], state: 'lives', next: [360] },
  { fault: 'permission_denied', code: 'MISSING_PERMISSION', meta: [10, null], state: 'lives', next: 'daily' },
  {
    fault: 'permission_missing',
    code: 'MISSING_PERMISSION',
    meta: [200, null],
    state: 'lives',
    next: 'daily',
  },
  { fault: 'missing_object', code: 'MISSING_PERMISSION', meta: [100, 33], state: 'lives', next: 'daily' },
  {
    fault: 'unsupported_request',
    code: 'APP_NOT_APPROVED',
    meta: [100, null],
    state: 'lives',
    next: 'passing',
  },
  { fault: 'app_unknown', code: 'APP_MISCONFIGURED', meta: [101, null], state: 'lives', next: 'passing' },
  { fault: 'capability', code: 'APP_MISCONFIGURED', meta: [3, null], state: 'lives', next: 'passing' },
  { fault: 'api_blocked', code: 'APP_MISCONFIGURED', meta: [200, null], state: 'lives', next: 'passing' },
  { fault: 'token_expired', code: REAUTHORIZE, meta: [190, 463], state: 'EXPIRED', next: 'never' },
  { fault: 'session_invalid', code: REAUTHORIZE, meta: [102, null], state: 'EXPIRED', next: 'never' },
  { fault: 'app_removed', code: REAUTHORIZE, meta: [190, 458], state: 'REVOKED', next: 'never' },
  { fault: 'checkpoint', code: REAUTHORIZE, meta: [190, 459], state: 'REVOKED', next: 'never' },
  { fault: 'password_changed', code: REAUTHORIZE, meta: [190, 460], state: 'REVOKED', next: 'never' },
  { fault: 'invalid_token', code: REAUTHORIZE, meta: [190, null], state: 'REVOKED', next: 'never' },
];

const kinds = [
  { kind: 'PAGE', flow: 'moca', persona: 'page-token', living: 'ACTIVE' },
  { kind: 'LONG_LIVED', flow: 'instagram', persona: 'page-token', living: 'ACTIVE' },
  { kind: 'SHORT_LIVED', flow: 'moca', persona: 'short-lived-only', living: 'EXPIRING_SOON' },
] as const;

describe.each(kinds)('A $kind token whose renewal fails', ({ kind, flow, persona, living }) => {
  test.each(table)('with $fault: $code, $state, next try $next', async (row) => {
    await using moca = await createTestApp({ flow });
    const { accountId } = await moca.connect(persona);
    const { fault, minutes } = row;
    moca.sandbox.faults.inject({
      fault,
      endpoint: 'any',
      ...(minutes === undefined ? {} : { minutes }),
    });
    await renew(moca, accountId);
    const failedAt = moca.clock.now().getTime();
    const { tokenStatus } = await accountOf(moca, accountId);
    const { problem, nextRefreshAt } = tokenStatus;
    expect(tokenStatus).toMatchObject({ kind, state: row.state === 'lives' ? living : row.state });
    expect([problem?.code, problem?.metaCode, problem?.metaSubcode]).toEqual([row.code, ...row.meta]);
    const waited = nextRefreshAt === null ? null : (new Date(nextRefreshAt).getTime() - failedAt) / MINUTE;
    const [earliest, latest] = nextTry(row.next, kind);
    const isInTime = waited === null ? row.next === 'never' : waited >= earliest && waited <= latest;
    expect({ waited, isInTime }).toEqual({ waited, isInTime: true });
    const type = row.state === 'lives' ? 'failed' : row.state.toLowerCase();
    expect((await historyOf(moca, accountId)).at(-1)).toMatchObject({ type, actor: 'system' });
    const served = await tokenOf(moca, accountId).then(
      () => 'lives',
      (error: unknown) => /EXPIRED|REVOKED/.exec(String(error))?.[0],
    );
    expect(served).toBe(row.state);
  });
});

/** In minutes from the failure. */
function nextTry(next: Next, kind: string): readonly [earliest: number, latest: number] {
  if (next === 'never') return [Number.NaN, Number.NaN];
  if (typeof next !== 'string') return [next[0], next[0]];
  // A short-lived token keeps to its timetable: after the first minute comes the fifth.
  if (kind === 'SHORT_LIVED') return [3.8, 4];
  return next === 'daily' ? [DAY / MINUTE, DAY / MINUTE] : [1.6, 2.4];
}

/** Goes to the next renewal and lets the worker make it. */
async function renew(moca: TestApp, accountId: string): Promise<void> {
  const { tokenStatus } = await accountOf(moca, accountId);
  moca.clock.set(new Date(tokenStatus.nextRefreshAt ?? Number.NaN));
  await moca.app.work();
}

test('A renewal that fails again and again pauses longer each time, and no longer than six hours.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  moca.sandbox.faults.inject({ fault: 'html_502', endpoint: 'refresh_access_token' });
  const pauses: number[] = [];
  for (let failures = 1; failures <= 12; failures += 1) {
    await renew(moca, accountId);
    const { tokenStatus } = await accountOf(moca, accountId);
    pauses.push((new Date(tokenStatus.nextRefreshAt ?? 0).getTime() - moca.clock.now().getTime()) / MINUTE);
  }
  for (const [index, pause] of pauses.entries()) {
    const expected = Math.min(2 ** (index + 1), 360);
    expect(pause).toBeGreaterThanOrEqual(expected * 0.8);
    expect(pause).toBeLessThanOrEqual(expected * 1.2);
  }
  moca.sandbox.faults.clear();
  await renew(moca, accountId);
  expect((await accountOf(moca, accountId)).tokenStatus).toMatchObject({ state: 'ACTIVE', problem: null });
});

test.each([
  { kind: 'long-lived', flow: 'instagram', endpoint: 'refresh_access_token' },
  { kind: 'page', flow: 'facebook', endpoint: 'page_profile' },
] as const)(
  'What nobody understands ends a $kind token after four days of it, and not before.',
  async (one) => {
    await using moca = await createTestApp({ flow: one.flow });
    const { accountId } = await moca.connect('page-token');
    moca.sandbox.faults.inject({ fault: 'broken_json', endpoint: one.endpoint });
    await renew(moca, accountId);
    const firstAt = moca.clock.now().getTime();
    const stateNow = async (): Promise<string> => (await accountOf(moca, accountId)).tokenStatus.state;
    while (moca.clock.now().getTime() - firstAt < 4 * DAY - 8 * HOUR) {
      expect(await stateNow()).toBe('ACTIVE');
      await renew(moca, accountId);
    }
    while ((await stateNow()) === 'ACTIVE') await renew(moca, accountId);
    const days = (moca.clock.now().getTime() - firstAt) / DAY;
    expect(await stateNow()).toBe('REVOKED');
    expect(days).toBeGreaterThanOrEqual(4);
    expect(days).toBeLessThan(4.4);
  },
);

test('A permission that comes back is found a day later.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  moca.sandbox.faults.inject({ fault: 'permission_denied', endpoint: 'refresh_access_token', times: 2 });
  await renew(moca, accountId);
  await renew(moca, accountId);
  expect((await accountOf(moca, accountId)).tokenStatus.problem?.code).toBe('MISSING_PERMISSION');
  await renew(moca, accountId);
  expect((await accountOf(moca, accountId)).tokenStatus.problem).toBeNull();
});

test('A page without a linked account is asked again a day later, and its token stays.', async () => {
  await using moca = await createProxiedApp('facebook');
  const { accountId } = await moca.connect('page-token');
  moca.facebookGraph.intercept(() => ({ body: { id: '134895793791914' } }));
  await renew(moca, accountId);
  const { state, problem, nextRefreshAt } = (await accountOf(moca, accountId)).tokenStatus;
  expect({ state, code: problem?.code }).toEqual({ state: 'ACTIVE', code: 'PAGE_NOT_LINKED' });
  expect(nextRefreshAt).toBe(plus(moca.clock.now(), DAY).toISOString());
});

/** Fails one call to Instagram in a way that leaves a token short-lived. */
const REFUSED = { status: 400, body: { error: { message: 'No.', type: 'OAuthException', code: 3 } } };

test('What Meta has given while the database is away is stored when it is back, and asked for once.', async () => {
  await using moca = await createProxiedApp('instagram');
  const { accountId } = await moca.connect('page-token');
  moca.clock.set(new Date((await accountOf(moca, accountId)).tokenStatus.nextRefreshAt ?? Number.NaN));
  let end = (): Promise<void> => Promise.resolve();
  moca.instagramGraph.intercept(async ({ path }) => {
    if (path === '/refresh_access_token') end = await holdAccounts(moca);
    return null;
  });
  const before = moca.clock.now();
  const round = moca.app.work();
  // It could not be written once, and was slept over.
  await eventually(() => expect(moca.clock.now()).not.toEqual(before));
  await end();
  await round;
  expect(await tokenOf(moca, accountId)).toBe(
    moca.sandbox.ledger.last({ endpoint: 'refresh_access_token' })?.granted,
  );
  expect(moca.sandbox.ledger.count({ endpoint: 'refresh_access_token' })).toBe(1);
});

test('A database that is away for a moment costs a short-lived token a minute.', async () => {
  await using moca = await createProxiedApp('instagram');
  moca.sandbox.faults.inject({ fault: 'capability', endpoint: 'ig_exchange_token', times: 1 });
  const { accountId } = await moca.connect('page-token');
  let end = (): Promise<void> => Promise.resolve();
  moca.instagramGraph.intercept(async ({ path }) => {
    if (path !== '/access_token') return null;
    end = await holdAccounts(moca);
    // Meta took its time: the lease has to be renewed before the next call.
    moca.clock.advance(50 * SECOND);
    return REFUSED;
  });
  moca.clock.advance(MINUTE);
  const round = moca.app.work();
  await eventually(() => expect(moca.log.join('')).toContain('a renewal could not be made'));
  await end();
  await round;
  moca.instagramGraph.intercept(() => null);
  moca.clock.advance(MINUTE);
  await moca.app.work();
  expect((await accountOf(moca, accountId)).tokenStatus).toMatchObject({ kind: 'LONG_LIVED', problem: null });
});

test('A short-lived token keeps to its timetable also after trouble that nobody foresaw.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  moca.sandbox.faults.inject({ fault: 'capability', endpoint: 'ig_exchange_token', times: 1 });
  const { accountId } = await moca.connect('page-token');
  await runSql(moca, "update instagram_account set connection_steps = 'null'");
  moca.clock.advance(MINUTE);
  await moca.app.work();
  expect(moca.log.join('')).toContain('a renewal could not be made');
  await runSql(moca, "update instagram_account set connection_steps = '[]'");
  moca.clock.advance(4 * MINUTE);
  await moca.app.work();
  expect((await accountOf(moca, accountId)).tokenStatus.kind).toBe('LONG_LIVED');
});
