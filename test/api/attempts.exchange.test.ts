import { expect, test, vi } from 'vitest';
import { MINUTE, SECOND } from '../../src/time.js';
import { LimitStore } from '../../src/tokens/limit-store.js';
import { eventually } from '../support/eventually.js';
import { createGate } from '../support/gate.js';
import { attemptsOf, brief, callCounts, complete, refused } from '../support/outcome.js';
import { createProxiedApp } from '../support/proxied-app.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const PAGE_ACCOUNT = '17841405500000001';

/** Short enough for a test that lets Meta hang. */
const metaTimeouts = { connectMs: 1_000, responseMs: 1_000, totalMs: 2_000 };

function exchanges(moca: Pick<TestApp, 'sandbox'>): number {
  return moca.sandbox.ledger.count({ endpoint: 'code_exchange' });
}

/** Exchanges that gave a token, whoever heard of it. */
function successfulExchanges(moca: Pick<TestApp, 'sandbox'>): number {
  return moca.sandbox.ledger.calls({ endpoint: 'code_exchange' }).filter(({ granted }) => granted).length;
}

test('An attempt is written down before the code is sent.', async () => {
  const gate = createGate('meta.code_exchange');
  await using moca = await createTestApp({ overrides: { points: gate.points } });
  const answer = complete(moca, await moca.consent('page-token'));
  await gate.reached;
  expect(await attemptsOf(moca)).toMatchObject([
    { outcome: 'OPEN', flow: 'MOCA', accountId: null, steps: [], problem: null },
  ]);
  expect(exchanges(moca)).toBe(0);
  gate.open();
  expect(await answer).toEqual({ accountId: PAGE_ACCOUNT });
});

test('The first token is stored, however long it takes to keep what its answer says of limits.', async () => {
  using keep = vi.spyOn(LimitStore.prototype, 'keep').mockReturnValue(new Promise(() => {}));
  const gate = createGate('attempt.exchanged');
  // The flow whose code is exchanged where Meta tells how much of a limit is used.
  await using moca = await createTestApp({ flow: 'facebook', overrides: { points: gate.points } });
  moca.sandbox.setUsage({ app: 96 });
  const answer = complete(moca, await moca.consent('page-token'));
  await gate.reached;
  expect(keep).toHaveBeenCalledTimes(1);
  gate.open();
  expect(await answer).toEqual({ accountId: PAGE_ACCOUNT });
});

test('A code that never left this machine is tried three times, and then the attempt stays open.', async () => {
  await using moca = await createProxiedApp();
  await moca.instagramApi.refuse();
  const callback = await moca.consent('page-token');
  const { extensions } = await refused(moca, callback);
  expect(extensions).toMatchObject({ code: 'META_UNAVAILABLE', step: 'code_exchange', retryable: true });
  expect(extensions.retryAfterSeconds).toBeGreaterThanOrEqual(4);
  expect(extensions.retryAfterSeconds).toBeLessThanOrEqual(6);
  expect(brief(extensions.steps ?? [])).toEqual(['code_exchange FAILED META_UNAVAILABLE']);
  expect(callsLogged(moca)).toBe(3);
  expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'OPEN', problem: { code: 'META_UNAVAILABLE' } }]);

  // It cannot have been spent: as often as it takes.
  moca.clock.advance(10 * SECOND);
  await eventually(() => expect(callsLogged(moca)).toBe(6));
  await moca.instagramApi.accept();
  moca.clock.advance(MINUTE);
  await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'SAVED' }]));
  expect(await complete(moca, callback)).toEqual({ accountId: PAGE_ACCOUNT });
  expect(exchanges(moca)).toBe(1);
});

test.each(['unavailable', 'unknown_error'] as const)(
  'Meta turning the code away with %s has not spent it: it is sent again at once, and then later.',
  async (fault) => {
    await using moca = await createTestApp();
    moca.sandbox.faults.inject({ fault, endpoint: 'code_exchange', times: 4 });
    const callback = await moca.consent('page-token');
    const { extensions } = await refused(moca, callback);
    expect(extensions).toMatchObject({ code: 'META_UNAVAILABLE', step: 'code_exchange', retryable: true });
    expect(exchanges(moca)).toBe(3);
    moca.clock.advance(10 * SECOND);
    expect(await complete(moca, callback)).toEqual({ accountId: PAGE_ACCOUNT });
    expect(exchanges(moca)).toBe(5);
    expect(successfulExchanges(moca)).toBe(1);
  },
);

test('A lost answer leaves the code alone until the lease is over; then it is sent once more, and used means to connect again.', async () => {
  await using moca = await createTestApp();
  moca.sandbox.faults.inject({ fault: 'answer_lost', endpoint: 'code_exchange', times: 1 });
  const callback = await moca.consent('page-token');
  const { extensions: lost } = await refused(moca, callback);
  expect(lost).toMatchObject({ code: 'META_UNAVAILABLE', retryable: true, retryAfterSeconds: 30 });

  for (const [waited, left] of [
    [10, 20],
    [19, 1],
  ] as const) {
    moca.clock.advance(waited * SECOND);
    expect((await refused(moca, callback)).extensions).toEqual({ ...lost, retryAfterSeconds: left });
  }
  moca.clock.advance(SECOND - 1);
  expect((await refused(moca, callback)).extensions).toEqual({ ...lost, retryAfterSeconds: 1 });
  expect(exchanges(moca)).toBe(1);

  // Nobody calls any more: the sweep comes by within 15 seconds of the lease's end.
  moca.clock.advance(10 * SECOND);
  await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'FAILED' }]));
  expect(exchanges(moca)).toBe(2);
  expect(successfulExchanges(moca)).toBe(1);
  const { extensions } = await refused(moca, callback);
  expect(extensions).toMatchObject({
    code: 'REAUTHORIZATION_REQUIRED',
    step: 'code_exchange',
    retryable: false,
    userAction: 'Connect the Instagram account again.',
  });
  moca.clock.advance(2 * 60 * MINUTE);
  await refused(moca, callback);
  expect(exchanges(moca)).toBe(2);
});

test.each(['hang', 'reset', 'html_502'] as const)(
  'A code of which nobody knows whether it arrived (%s) is sent once more, and connects if it did not.',
  async (fault) => {
    await using moca = await createTestApp({ overrides: { metaTimeouts } });
    moca.sandbox.faults.inject({ fault, endpoint: 'code_exchange', times: 1 });
    const callback = await moca.consent('page-token');
    expect((await refused(moca, callback)).extensions).toMatchObject({
      code: 'META_UNAVAILABLE',
      retryAfterSeconds: 30,
    });
    expect(exchanges(moca)).toBe(1);
    moca.clock.advance(30 * SECOND);
    expect(await complete(moca, callback)).toEqual({ accountId: PAGE_ACCOUNT });
    expect(exchanges(moca)).toBe(2);
    expect(successfulExchanges(moca)).toBe(1);
  },
);

test.each(['hang', 'answer_lost', 'truncated'] as const)(
  'When the second answer is lost too (%s), the person has to connect again, and the code is never sent a third time.',
  async (fault) => {
    await using moca = await createTestApp({ overrides: { metaTimeouts } });
    moca.sandbox.faults.inject({ fault: 'hang', endpoint: 'code_exchange', times: 1 });
    moca.sandbox.faults.inject({ fault, endpoint: 'code_exchange' });
    const callback = await moca.consent('page-token');
    await refused(moca, callback);
    moca.clock.advance(30 * SECOND);
    const { extensions } = await refused(moca, callback);
    expect(extensions).toMatchObject({ code: 'REAUTHORIZATION_REQUIRED', retryable: false });
    moca.sandbox.faults.clear();
    moca.clock.advance(10 * MINUTE);
    expect((await refused(moca, callback)).extensions).toEqual(extensions);
    expect(exchanges(moca)).toBe(2);
  },
);

test('A code that Meta turns away at the second sending is still open, and its fate is told in the end.', async () => {
  await using moca = await createTestApp({ env: { WORKER: 'off' } });
  moca.sandbox.faults.inject({ fault: 'answer_lost', endpoint: 'code_exchange', times: 1 });
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'code_exchange', times: 3 });
  const callback = await moca.consent('page-token');
  await refused(moca, callback);
  moca.clock.advance(30 * SECOND);
  expect((await refused(moca, callback)).extensions).toMatchObject({ code: 'META_UNAVAILABLE' });
  moca.clock.advance(MINUTE);
  expect((await refused(moca, callback)).extensions).toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
  expect(successfulExchanges(moca)).toBe(1);
});

test.each([
  { minutes: 10, seconds: 600 },
  { minutes: undefined, seconds: 300 },
])(
  'A rate limit on the exchange that names $minutes minutes is honoured for $seconds s.',
  async ({ minutes, seconds }) => {
    await using moca = await createTestApp();
    moca.sandbox.faults.inject({
      fault: 'rate_app',
      endpoint: 'code_exchange',
      times: 1,
      ...(minutes === undefined ? {} : { minutes }),
    });
    const callback = await moca.consent('page-token');
    const { extensions } = await refused(moca, callback);
    expect(extensions).toMatchObject({ code: 'META_RATE_LIMITED', retryAfterSeconds: seconds });
    moca.clock.advance((seconds - 1) * SECOND);
    expect((await refused(moca, callback)).extensions).toEqual({ ...extensions, retryAfterSeconds: 1 });
    expect(exchanges(moca)).toBe(1);
    moca.clock.advance(SECOND);
    expect(await complete(moca, callback)).toEqual({ accountId: PAGE_ACCOUNT });
    expect(exchanges(moca)).toBe(2);
  },
);

test('Later steps are taken again from the first token, without the code.', async () => {
  await using moca = await createTestApp({ flow: 'facebook' });
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'me_accounts', times: 6 });
  const callback = await moca.consent('page-token');
  await refused(moca, callback);
  moca.clock.advance(7 * SECOND);
  await eventually(async () => {
    expect(moca.sandbox.ledger.count({ endpoint: 'me_accounts' })).toBe(6);
    expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'OPEN' }]);
  });
  moca.clock.advance(MINUTE);
  await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'SAVED' }]));
  expect(callCounts(moca.sandbox)).toMatchObject({ code_exchange: 1, fb_exchange_token: 3 });
  const first = moca.sandbox.ledger.last({ endpoint: 'code_exchange' })?.granted;
  const climbs = moca.sandbox.ledger.calls({ endpoint: 'fb_exchange_token' });
  expect(climbs.map(({ params }) => params['fb_exchange_token'])).toEqual([first, first, first]);
});

/** How often a call of the code exchange is in the log: what is refused here never reaches the ledger. */
function callsLogged({ log }: Pick<TestApp, 'log'>): number {
  return log.filter((line) => line.includes('"endpoint":"code_exchange"')).length;
}
