import { expect, test } from 'vitest';
import { InstagramAccessTokenDocument, RefreshInstagramTokenDocument } from '../../src/generated/graphql.js';
import { DAY, HOUR, MINUTE } from '../../src/time.js';
import { accountOf } from '../support/outcome.js';
import { historyOf, tokenOf } from '../support/reconnecting.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

test.each([
  { fault: 'token_expired', numbers: [190, 463], state: 'EXPIRED' },
  { fault: 'session_invalid', numbers: [102, null], state: 'EXPIRED' },
  { fault: 'app_removed', numbers: [190, 458], state: 'REVOKED' },
  { fault: 'checkpoint', numbers: [190, 459], state: 'REVOKED' },
  { fault: 'password_changed', numbers: [190, 460], state: 'REVOKED' },
  { fault: 'invalid_token', numbers: [190, null], state: 'REVOKED' },
] as const)(
  "Meta's $numbers on a renewal ends a long-lived token, which is $state then.",
  async ({ fault, numbers, state }) => {
    await using moca = await createTestApp({ flow: 'instagram' });
    const { accountId } = await moca.connect('page-token');
    moca.clock.advance(DAY);
    moca.sandbox.faults.inject({ fault, endpoint: 'refresh_access_token' });
    expect(await death(moca, accountId)).toEqual(deadOf(numbers, state));
    expect(moca.sandbox.ledger.count({ endpoint: 'refresh_access_token' })).toBe(1);
  },
);

test.each([458, 460, 492] as const)(
  'Meta killing a page token with %i ends it as REVOKED.',
  async (subcode) => {
    await using moca = await createTestApp();
    const { accountId } = await moca.connect('page-token');
    moca.sandbox.revoke('page-token', subcode);
    expect(await death(moca, accountId)).toEqual(deadOf([190, subcode], 'REVOKED'));
  },
);

test.each([
  { what: 'revoked by the person', kill: 458, numbers: [190, 458], state: 'REVOKED' },
  { what: 'gone with a password', kill: 460, numbers: [190, 460], state: 'REVOKED' },
  { what: "over by Meta's count", kill: 463, numbers: [190, 463], state: 'EXPIRED' },
] as const)('A short-lived token that is $what is $state then.', async ({ kill, numbers, state }) => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('short-lived-only');
  moca.clock.advance(30 * MINUTE);
  moca.sandbox.revoke('short-lived-only', kill);
  expect(await death(moca, accountId)).toEqual(deadOf(numbers, state));
});

test("A short-lived token ends with Meta's hour, though we let it count for two.", async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('short-lived-only');
  moca.clock.advance(61 * MINUTE);
  expect(await death(moca, accountId)).toEqual(deadOf([190, 463], 'EXPIRED'));
});

test.each([
  { minutes: 30, state: 'REVOKED' },
  { minutes: 61, state: 'EXPIRED' },
])(
  'A short-lived token that Meta refuses without a subcode after $minutes minutes is $state then.',
  async ({ minutes, state }) => {
    await using moca = await createTestApp({ flow: 'instagram' });
    const { accountId } = await moca.connect('short-lived-only');
    moca.clock.advance(minutes * MINUTE);
    moca.sandbox.faults.inject({ fault: 'invalid_token', endpoint: 'any' });
    expect(await death(moca, accountId)).toEqual(deadOf([190, null], state));
  },
);

test.each([
  { fault: 'unavailable', code: 'META_UNAVAILABLE', retryable: true, tries: 3 },
  { fault: 'html_502', code: 'META_UNAVAILABLE', retryable: true, tries: 3 },
  { fault: 'reset', code: 'META_UNAVAILABLE', retryable: true, tries: 3 },
  { fault: 'rate_instagram', code: 'META_RATE_LIMITED', retryable: true, tries: 1 },
  { fault: 'policy_block', code: 'META_RATE_LIMITED', retryable: true, tries: 1 },
  { fault: 'permission_denied', code: 'MISSING_PERMISSION', retryable: false, tries: 1 },
  { fault: 'capability', code: 'APP_MISCONFIGURED', retryable: false, tries: 1 },
  { fault: 'app_unknown', code: 'APP_MISCONFIGURED', retryable: false, tries: 1 },
  { fault: 'api_blocked', code: 'APP_MISCONFIGURED', retryable: false, tries: 1 },
  { fault: 'unsupported_request', code: 'APP_NOT_APPROVED', retryable: false, tries: 1 },
  { fault: 'broken_json', code: 'META_BAD_RESPONSE', retryable: false, tries: 1 },
  { fault: 'empty_token', code: 'META_BAD_RESPONSE', retryable: false, tries: 1 },
] as const)(
  'A renewal that fails with $fault keeps the token: it is served on, and the problem is told.',
  async ({ fault, code, retryable, tries }) => {
    await using moca = await createTestApp({ flow: 'instagram' });
    const { accountId, tokenStatus } = await moca.connect('page-token');
    const token = await tokenOf(moca, accountId);
    moca.clock.advance(DAY);
    moca.sandbox.faults.inject({ fault, endpoint: 'refresh_access_token' });
    const { extensions } = await moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
    expect(extensions).toMatchObject({ code, retryable, step: 'renewal' });
    expect(moca.sandbox.ledger.count({ endpoint: 'refresh_access_token' })).toBe(tries);
    expect((await accountOf(moca, accountId)).tokenStatus).toMatchObject({
      state: 'ACTIVE',
      kind: 'LONG_LIVED',
      expiresAt: tokenStatus.expiresAt,
      lastRefreshedAt: null,
      problem: { code, userAction: extensions.userAction, at: moca.clock.now().toISOString() },
    });
    expect(await tokenOf(moca, accountId)).toBe(token);
    expect((await historyOf(moca, accountId)).at(-1)).toMatchObject({ type: 'failed', actor: 'admin:ada' });

    moca.sandbox.faults.clear();
    // A limit is obeyed by everybody until it ends.
    moca.clock.advance(7 * HOUR);
    const { refreshInstagramToken } = await moca.admin.send(RefreshInstagramTokenDocument, { accountId });
    expect(refreshInstagramToken.tokenStatus.problem).toBeNull();
  },
);

/** A renewal that fails for good: what is told of it, and whether anybody is still served the token. */
async function death(moca: TestApp, accountId: string): Promise<object> {
  const failure = await moca.admin.fail(RefreshInstagramTokenDocument, { accountId });
  const { tokenStatus } = await accountOf(moca, accountId);
  const event = (await historyOf(moca, accountId)).at(-1);
  const read = await moca.service.fail(InstagramAccessTokenDocument, { accountId });
  return {
    error: [failure.extensions.code, failure.extensions.meta?.code, failure.extensions.meta?.subcode],
    state: tokenStatus.state,
    needsReauthorization: tokenStatus.needsReauthorization,
    problem: [tokenStatus.problem?.code, tokenStatus.problem?.metaCode, tokenStatus.problem?.metaSubcode],
    event: [event?.type, event?.actor],
    served: read.extensions.code,
  };
}

function deadOf([code, subcode]: readonly [number, number | null], state: string): object {
  return {
    error: ['REAUTHORIZATION_REQUIRED', code, subcode],
    state,
    needsReauthorization: true,
    problem: ['REAUTHORIZATION_REQUIRED', code, subcode],
    event: [state.toLowerCase(), 'admin:ada'],
    served: 'REAUTHORIZATION_REQUIRED',
  };
}

test('A short-lived token that Meta takes no more is over, also where its app may not exchange tokens.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('short-lived-only');
  moca.clock.advance(30 * MINUTE);
  moca.sandbox.faults.inject({ fault: 'invalid_token', endpoint: 'ig_exchange_token' });
  moca.sandbox.faults.inject({ fault: 'invalid_token', endpoint: 'ig_me' });
  expect(await death(moca, accountId)).toEqual(deadOf([190, null], 'REVOKED'));
  const { connection } = await accountOf(moca, accountId);
  expect(connection.steps.find(({ step }) => step === 'fb_exchange_token')?.problem?.metaCode).toBe(101);
});
