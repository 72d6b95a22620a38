import { expect, test } from 'vitest';
import type { Points } from '../../src/oauth/pipeline-points.js';
import { SECOND } from '../../src/time.js';
import { brief, callCounts, complete } from '../support/outcome.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import type { TestClock } from '../support/test-clock.js';

/** Lets every call of Meta's take so long, by the clock that counts the budgets. */
async function createSlowApp(callMs: number, flow: 'moca' | 'facebook'): Promise<TestApp> {
  const held: { clock?: TestClock } = {};
  const points: Points = async (point, run) => {
    try {
      return await run();
    } finally {
      if (point.startsWith('meta.') && point !== 'meta.code_exchange') held.clock?.advance(callMs);
    }
  };
  const moca = await createTestApp({ flow, overrides: { points } });
  held.clock = moca.clock;
  return moca;
}

test('A call that fails in passing twice is tried a third time, and the step has worked.', async () => {
  await using moca = await createTestApp();
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'fb_exchange_token', times: 2 });
  const account = await moca.connect('page-token');
  expect(account.tokenStatus.kind).toBe('PAGE');
  expect(brief(account.connection.steps)).toContain('fb_exchange_token OK');
  expect(moca.sandbox.ledger.count({ endpoint: 'fb_exchange_token' })).toBe(3);
});

test('After three tries the ladder goes down, and what is left is stored.', async () => {
  await using moca = await createTestApp();
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'fb_exchange_token' });
  const account = await moca.connect('code-101');
  expect(account.tokenStatus.kind).toBe('LONG_LIVED');
  expect(brief(account.connection.steps)).toEqual([
    'code_exchange OK',
    'fb_exchange_token FAILED META_UNAVAILABLE 2',
    'page_token SKIPPED',
    'ig_exchange_token OK',
    'profile OK',
  ]);
  expect(callCounts(moca.sandbox)).toEqual({
    code_exchange: 1,
    fb_exchange_token: 3,
    ig_exchange_token: 1,
    ig_me: 1,
  });
});

test.each(['html_502', 'reset', 'answer_lost', 'truncated', 'unknown_error'] as const)(
  'The fault %s passes for a call that may be repeated.',
  async (fault) => {
    await using moca = await createTestApp({ flow: 'instagram' });
    moca.sandbox.faults.inject({ fault, endpoint: 'ig_exchange_token', times: 1 });
    const account = await moca.connect('page-token');
    expect(account.tokenStatus.kind).toBe('LONG_LIVED');
    expect(moca.sandbox.ledger.count({ endpoint: 'ig_exchange_token' })).toBe(2);
  },
);

test.each(['app_unknown', 'capability', 'broken_json', 'wrong_types', 'empty_token', 'redirect'] as const)(
  'The fault %s does not pass: the call is not repeated and the ladder goes down at once.',
  async (fault) => {
    await using moca = await createTestApp({ flow: 'instagram' });
    moca.sandbox.faults.inject({ fault, endpoint: 'ig_exchange_token' });
    const account = await moca.connect('page-token');
    expect(account.tokenStatus.kind).toBe('SHORT_LIVED');
    expect(callCounts(moca.sandbox)).toEqual({ code_exchange: 1, ig_exchange_token: 1, ig_me: 1 });
  },
);

test.each([
  { callSeconds: 2, tries: 3 },
  { callSeconds: 4, tries: 2 },
  { callSeconds: 8, tries: 1 },
])(
  'With calls of $callSeconds s, a step of 8 s has room for $tries of them.',
  async ({ callSeconds, tries }) => {
    await using moca = await createSlowApp(callSeconds * SECOND, 'moca');
    moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'fb_exchange_token' });
    await moca.connect('code-101');
    expect(moca.sandbox.ledger.count({ endpoint: 'fb_exchange_token' })).toBe(tries);
  },
);

test('All calls of one step share its 8 s.', async () => {
  await using moca = await createSlowApp(2 * SECOND, 'facebook');
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'me_accounts', times: 2 });
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'page_profile' });
  const completion = await complete(moca, await moca.consent('page-token'));
  expect(completion).toMatchObject({ failure: { extensions: { code: 'META_UNAVAILABLE' } } });
  // The list has used up the time: the profile is asked for once, and not again.
  expect(callCounts(moca.sandbox)).toMatchObject({ me_accounts: 3, page_profile: 1 });
});

test('A step that asks with several tokens has three tries for all of them, and one for each.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'ig_me' });
  await complete(moca, await moca.consent('page-token'));
  // With the 60-day token three times, with the short-lived one once.
  expect(moca.sandbox.ledger.count({ endpoint: 'ig_me' })).toBe(4);
});

test('Each step has 8 s of its own.', async () => {
  await using moca = await createSlowApp(2 * SECOND, 'moca');
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'fb_exchange_token' });
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'ig_exchange_token', times: 2 });
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'ig_me', times: 2 });
  const account = await moca.connect('code-101');
  expect(account.tokenStatus.kind).toBe('LONG_LIVED');
  expect(callCounts(moca.sandbox)).toMatchObject({ fb_exchange_token: 3, ig_exchange_token: 3, ig_me: 3 });
});

test('When a step that is required cannot be taken for now, the connection is put off and not failed.', async () => {
  await using moca = await createTestApp({ flow: 'facebook' });
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'fb_exchange_token' });
  const callback = await moca.consent('page-token');
  expect(await complete(moca, callback)).toMatchObject({
    failure: {
      extensions: { code: 'META_UNAVAILABLE', step: 'fb_exchange_token', retryable: true },
    },
  });
  expect(callCounts(moca.sandbox)).toEqual({ code_exchange: 1, fb_exchange_token: 3 });
  moca.sandbox.faults.clear();
  moca.clock.advance(7 * SECOND);
  expect(await complete(moca, callback)).toEqual({ accountId: '17841405500000001' });
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);
});

test('Meta naming a time is obeyed before our own patience: a limited call is not tried again.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  moca.sandbox.faults.inject({ fault: 'rate_instagram', endpoint: 'ig_me', minutes: 7 });
  expect(await complete(moca, await moca.consent('page-token'))).toMatchObject({
    failure: {
      extensions: {
        code: 'META_RATE_LIMITED',
        retryAfterSeconds: 7 * 60,
        meta: { code: 80_002, subcode: 2_446_079 },
      },
    },
  });
  // With the short-lived token it would be the same account that is limited.
  expect(moca.sandbox.ledger.count({ endpoint: 'ig_me' })).toBe(1);
});
