import { expect, test } from 'vitest';
import { createGate } from '../support/gate.js';
import { attemptsOf, callCounts, complete, refused } from '../support/outcome.js';
import { createTestApp } from '../support/test-app.js';

const PAGE_ACCOUNT = '17841405500000001';

test('Fifty parallel calls with one code are one attempt, and count as one.', async () => {
  await using moca = await createTestApp({ env: { RATE_LIMIT_COMPLETE: '1/hour' } });
  const callback = await moca.consent('page-token');
  const answers = await Promise.all(Array.from({ length: 50 }, () => complete(moca, callback)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
    new Set([JSON.stringify({ accountId: PAGE_ACCOUNT })]),
  );
  expect(await attemptsOf(moca)).toHaveLength(1);
  expect(callCounts(moca.sandbox)).toMatchObject({ code_exchange: 1 });
  // Nor do later calls with it: only another code does.
  expect(await complete(moca, callback)).toEqual({ accountId: PAGE_ACCOUNT });
  expect((await refused(moca, await moca.consent('several-pages'))).extensions.code).toBe('RATE_LIMITED');
});

test('Twins that arrive while the first call is just being written down do not count either.', async () => {
  const gate = createGate('attempt.insert');
  await using moca = await createTestApp({
    env: { RATE_LIMIT_COMPLETE: '1/hour' },
    overrides: { points: gate.points },
  });
  const callback = await moca.consent('page-token');
  const first = complete(moca, callback);
  await gate.reached;
  const twins = Array.from({ length: 10 }, () => complete(moca, callback));
  // As many requests again, sent later: the twins have arrived when these are answered.
  await Promise.all(Array.from({ length: 10 }, () => attemptsOf(moca)));
  gate.open();
  for (const answer of await Promise.all([first, ...twins])) {
    expect(answer).toEqual({ accountId: PAGE_ACCOUNT });
  }
  expect(callCounts(moca.sandbox)).toMatchObject({ code_exchange: 1 });
});

test('One code too many is refused before anything is written or Meta is called, and is not spent.', async () => {
  await using moca = await createTestApp({ env: { RATE_LIMIT_COMPLETE: '2/hour' } });
  await complete(moca, await moca.consent('page-token'));
  await complete(moca, await moca.consent('no-page'));
  const calls = callCounts(moca.sandbox);
  const callback = await moca.consent('several-pages');
  const { extensions } = await refused(moca, callback);
  expect(extensions).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
  expect(extensions.retryAfterSeconds).toBeGreaterThan(3_500);
  expect(extensions.retryAfterSeconds).toBeLessThanOrEqual(3_600);
  expect(callCounts(moca.sandbox)).toEqual(calls);
  expect(await attemptsOf(moca)).toHaveLength(2);
  await moca.restart();
  expect(await complete(moca, callback)).toEqual({ accountId: '17841405502000001' });
});

test('Calls whose state or code is refused do not count.', async () => {
  await using moca = await createTestApp({ env: { RATE_LIMIT_COMPLETE: '1/hour' } });
  const callback = await moca.consent('page-token');
  for (let call = 0; call < 5; call += 1) {
    expect((await refused(moca, { ...callback, state: `forged ${call}` })).extensions.code).toBe(
      'STATE_INVALID',
    );
    expect((await refused(moca, { ...callback, code: ' ' })).extensions.code).toBe('BAD_USER_INPUT');
  }
  expect(await complete(moca, callback)).toEqual({ accountId: PAGE_ACCOUNT });
});
