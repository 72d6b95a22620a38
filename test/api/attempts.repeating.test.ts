import { expect, test } from 'vitest';
import {
  AuthUrlDocument,
  CompleteInstagramAuthDocument,
  DeleteInstagramAccountDocument,
  UpdateInstagramAccountSettingsDocument,
} from '../../src/generated/graphql.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/time.js';
import { eventually } from '../support/eventually.js';
import { accountOf, attemptsOf, callCounts, complete, refused } from '../support/outcome.js';
import { createTestApp, type Callback, type TestApp } from '../support/test-app.js';

const PAGE_ACCOUNT = '17841405500000001';

test.each([
  ['moca', 'no-page'],
  ['moca', 'declined-basic'],
  ['moca', 'used-code'],
  ['moca', 'garbage'],
  ['instagram', 'not-a-tester'],
  ['instagram', 'personal-account'],
  ['facebook', 'code-101'],
  ['facebook', 'not-a-tester'],
] as const)(
  'In the %s flow the error of %s is the same at every call, over a restart and for a day.',
  async (flow, persona) => {
    await using moca = await createTestApp({ flow });
    const callback = await moca.consent(persona);
    const first = await refused(moca, callback);
    const calls = callCounts(moca.sandbox);
    expect(await refused(moca, callback)).toEqual(first);
    moca.clock.advance(23 * HOUR);
    expect(await refused(moca, callback)).toEqual(first);
    await moca.restart();
    expect(await refused(moca, callback)).toEqual(first);
    expect(callCounts(moca.sandbox)).toEqual(calls);
  },
);

test('A repeated call gets the account as it is now, and Meta is not asked.', async () => {
  await using moca = await createTestApp();
  const callback = await moca.consent('page-token');
  const { completeInstagramAuth: first } = await moca.visitor.send(CompleteInstagramAuthDocument, callback);
  const calls = callCounts(moca.sandbox);
  const { completeInstagramAuth: again } = await moca.visitor.send(CompleteInstagramAuthDocument, callback);
  expect(again).toEqual(first);
  await moca.admin.send(UpdateInstagramAccountSettingsDocument, {
    accountId: PAGE_ACCOUNT,
    settings: { toneOfVoice: 'friendly' },
  });
  const { completeInstagramAuth: later } = await moca.visitor.raw<{
    completeInstagramAuth: { settings: { toneOfVoice: string } };
  }>(
    'mutation ($code: String!, $state: String, $verifier: String) { completeInstagramAuth(code: $code, state: $state, verifier: $verifier) { settings { toneOfVoice } } }',
    callback,
  );
  expect(later.settings.toneOfVoice).toBe('friendly');
  expect(callCounts(moca.sandbox)).toEqual(calls);
});

test('After the account was deleted a repeated call finds nothing, and connects nothing.', async () => {
  await using moca = await createTestApp();
  const callback = await moca.consent('page-token');
  await complete(moca, callback);
  await moca.admin.send(DeleteInstagramAccountDocument, { accountId: PAGE_ACCOUNT });
  const calls = callCounts(moca.sandbox);
  expect(await refused(moca, callback)).toMatchObject({
    message: 'The account of this connection has been deleted.',
    extensions: { code: 'NOT_FOUND', retryable: false },
  });
  expect(callCounts(moca.sandbox)).toEqual(calls);
});

const strangers: ReadonlyArray<[string, (moca: TestApp, first: Callback) => Promise<Callback> | Callback]> = [
  ['without state and verifier', (_moca, first) => ({ ...first, state: null, verifier: null })],
  ['without the state', (_moca, first) => ({ ...first, state: null })],
  ['without the verifier', (_moca, first) => ({ ...first, verifier: null })],
  ['with another verifier', (_moca, first) => ({ ...first, verifier: `${first.verifier}x` })],
  [
    'with a good state and verifier of another visit',
    async (moca, first) => ({ ...(await moca.consent('no-page')), code: first.code }),
  ],
  [
    'with a good state that has no challenge',
    async (moca, first) => {
      const { authUrl } = await moca.visitor.send(AuthUrlDocument, {});
      return { ...first, state: new URL(authUrl).searchParams.get('state'), verifier: null };
    },
  ],
];

test.each(strangers)(
  'Whoever repeats a call %s hears STATE_INVALID, and nothing of how it ended.',
  async (_how, imitate) => {
    await using moca = await createTestApp();
    for (const persona of ['page-token', 'no-page']) {
      const callback = await moca.consent(persona);
      await complete(moca, callback);
      const calls = callCounts(moca.sandbox);
      const { message, extensions } = await refused(moca, await imitate(moca, callback));
      expect(extensions).toEqual({
        code: 'STATE_INVALID',
        retryable: false,
        userAction: expect.stringMatching(/^Start the connection again/) as string,
      });
      expect(message).toMatch(/^The (state does not belong to this call|code came before, with another)/);
      expect(callCounts(moca.sandbox)).toEqual(calls);
    }
  },
);

test('A code that came bare is joined only by a bare call.', async () => {
  await using moca = await createTestApp();
  const { code, state, verifier } = await moca.consent('page-token');
  await complete(moca, { code });
  expect(await complete(moca, { code })).toEqual({ accountId: PAGE_ACCOUNT });
  expect((await refused(moca, { code, state, verifier })).extensions.code).toBe('STATE_INVALID');
});

test('A repeated call may come after its state has expired, and after the flow was changed.', async () => {
  await using moca = await createTestApp({ env: { OAUTH_STATE: 'required' } });
  const callback = await moca.consent('page-token');
  await complete(moca, callback);
  moca.clock.advance(20 * MINUTE);
  expect(await complete(moca, callback)).toEqual({ accountId: PAGE_ACCOUNT });
  await moca.restart({}, { INSTAGRAM_LOGIN_FLOW: 'facebook' });
  expect(await complete(moca, callback)).toEqual({ accountId: PAGE_ACCOUNT });
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);
});

test.each(['page-token', 'no-page'])(
  'The attempt of %s is joinable for 24 hours after its end; then the code is invalid, and Meta is not asked.',
  async (persona) => {
    await using moca = await createTestApp();
    const callback = await moca.consent(persona);
    const first = await complete(moca, callback);
    const calls = callCounts(moca.sandbox);
    moca.clock.advance(DAY);
    expect(await complete(moca, callback)).toEqual(first);
    moca.clock.advance(1);
    expect(await refused(moca, callback)).toMatchObject({
      message: 'The code was used more than a day ago.',
      extensions: { code: 'CODE_INVALID', retryable: false },
    });
    expect(callCounts(moca.sandbox)).toEqual(calls);
  },
);

test('Attempts are pruned 30 days after their end, and not before.', async () => {
  await using moca = await createTestApp();
  await complete(moca, await moca.consent('page-token'));
  await complete(moca, await moca.consent('no-page'));
  moca.clock.advance(29 * DAY);
  await complete(moca, await moca.consent('several-pages'));
  moca.clock.advance(DAY - HOUR);
  await takeUpAnother(moca);
  await moca.app.work();
  expect(await attemptsOf(moca)).toHaveLength(4);
  moca.clock.advance(2 * HOUR);
  await moca.app.work();
  expect(await attemptsOf(moca)).toHaveLength(2);
  expect(await accountOf(moca, PAGE_ACCOUNT)).toMatchObject({ accountName: 'moca_page_token' });
});

test('An attempt that stays open fails when its code is an hour old, and Meta is not asked again.', async () => {
  await using moca = await createTestApp({ flow: 'facebook' });
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'any' });
  const callback = await moca.consent('page-token');
  await refused(moca, callback);
  moca.clock.advance(HOUR - MINUTE);
  await eventually(() => expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBeGreaterThan(3));
  await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'OPEN' }]));
  moca.clock.advance(2 * MINUTE);
  await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'FAILED' }]));
  const calls = callCounts(moca.sandbox);
  expect(await refused(moca, callback)).toMatchObject({
    message: 'The connection could not be finished within an hour of its code.',
    extensions: { code: 'REAUTHORIZATION_REQUIRED', retryable: false },
  });
  expect(callCounts(moca.sandbox)).toEqual(calls);
});

test('The hour of a token counts from the answer that brought it.', async () => {
  await using moca = await createTestApp({ flow: 'facebook', env: { WORKER: 'off' } });
  const callback = await moca.consent('page-token');
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'code_exchange', times: 3 });
  await refused(moca, callback);
  moca.clock.advance(50 * MINUTE);
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'fb_exchange_token', times: 6 });
  await refused(moca, callback);
  // 80 minutes after the code, 30 after the token.
  moca.clock.advance(30 * MINUTE);
  expect((await refused(moca, callback)).extensions.code).toBe('META_UNAVAILABLE');
  moca.clock.advance(20 * MINUTE);
  expect(await complete(moca, callback)).toEqual({ accountId: PAGE_ACCOUNT });
});

test('A limit that Meta names beyond the hour ends the attempt at the hour.', async () => {
  await using moca = await createTestApp({ flow: 'facebook' });
  moca.sandbox.faults.inject({ fault: 'policy_block', endpoint: 'me_accounts' });
  const callback = await moca.consent('page-token');
  expect((await refused(moca, callback)).extensions).toMatchObject({
    code: 'META_RATE_LIMITED',
    retryAfterSeconds: (6 * HOUR) / SECOND,
    userAction: expect.stringContaining('start it again after that'),
  });
  const calls = callCounts(moca.sandbox);
  moca.clock.advance(HOUR);
  expect((await refused(moca, callback)).extensions).toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
  expect(callCounts(moca.sandbox)).toEqual(calls);
});

/** Has a sweep take up an attempt: whatever an earlier sweep did has been done then. */
async function takeUpAnother(moca: TestApp): Promise<void> {
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'code_exchange', times: 3 });
  await refused(moca, await moca.consent('late-page'));
  moca.clock.advance(10 * SECOND);
  await eventually(async () => {
    const [newest] = await attemptsOf(moca);
    expect(newest).toMatchObject({ outcome: 'SAVED' });
  });
}
