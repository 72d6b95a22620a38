import { expect, test } from 'vitest';
import { RefreshInstagramTokenDocument } from '../../src/generated/graphql.js';
import { DAY, HOUR, SECOND, plus } from '../../src/time.js';
import type { Intercept } from '../support/meta-proxy.js';
import { accountOf, brief, callCounts, complete, refused } from '../support/outcome.js';
import { createProxiedApp, type ProxiedApp } from '../support/proxied-app.js';
import { runSql } from '../support/sql.js';
import { createTestApp } from '../support/test-app.js';

const STRANGE_USER_ID = "the token's user_id is neither of the profile's ids";

test('A long-lived token whose exchange names no end ends when debug_token says.', async () => {
  await using moca = await createProxiedApp('instagram');
  const end = new Date(Math.floor(moca.clock.now().getTime() / 1000) * 1000 + 33 * DAY);
  debugTokenSays(moca, { expires_at: end.getTime() / 1000 });
  moca.sandbox.faults.inject({ fault: 'missing_expires_in', endpoint: 'ig_exchange_token' });
  const { tokenStatus } = await moca.connect('page-token');
  expect(tokenStatus).toMatchObject({ kind: 'LONG_LIVED', expiresAt: end.toISOString() });
});

test('A long-lived token of which debug_token says that it never ends has no expiry.', async () => {
  await using moca = await createProxiedApp('instagram');
  debugTokenSays(moca, { expires_at: 0 });
  moca.sandbox.faults.inject({ fault: 'missing_expires_in', endpoint: 'ig_exchange_token' });
  const { tokenStatus } = await moca.connect('page-token');
  expect(tokenStatus).toMatchObject({ kind: 'LONG_LIVED', state: 'ACTIVE', expiresAt: null });
});

test('A long-lived token whose end nobody tells is taken to live for 60 days.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  moca.sandbox.faults.inject({ fault: 'missing_expires_in', endpoint: 'ig_exchange_token' });
  const { tokenStatus } = await moca.connect('page-token');
  expect(callCounts(moca.sandbox)).toMatchObject({ debug_token: 1 });
  expect(tokenStatus.expiresAt).toBe(plus(moca.clock.now(), 60 * DAY).toISOString());
});

test.each(['unavailable', 'html_502', 'app_unknown'] as const)(
  'That debug_token fails with %s harms no connection.',
  async (fault) => {
    await using moca = await createTestApp({ flow: 'instagram' });
    moca.sandbox.faults.inject({ fault: 'missing_expires_in', endpoint: 'ig_exchange_token' });
    moca.sandbox.faults.inject({ fault, endpoint: 'debug_token' });
    const { tokenStatus } = await moca.connect('page-token');
    expect(tokenStatus.expiresAt).toBe(plus(moca.clock.now(), 60 * DAY).toISOString());
    expect(callCounts(moca.sandbox)).toMatchObject({ debug_token: 1 });
  },
);

test.each([0, -1, 'soon', null])(
  'An expires_in of %o counts as none: debug_token is asked and 60 days are taken.',
  async (expiresIn) => {
    await using moca = await createProxiedApp('instagram');
    moca.instagramGraph.intercept(({ path }) =>
      path === '/access_token' ? (body) => ({ ...body, expires_in: expiresIn }) : null,
    );
    const { tokenStatus } = await moca.connect('page-token');
    expect(callCounts(moca.sandbox)).toMatchObject({ debug_token: 1 });
    expect(tokenStatus.expiresAt).toBe(plus(moca.clock.now(), 60 * DAY).toISOString());
  },
);

test('A page token has no expiry, whatever the exchange before it left out, and nobody is asked about one.', async () => {
  await using moca = await createTestApp();
  moca.sandbox.faults.inject({ fault: 'missing_expires_in', endpoint: 'fb_exchange_token' });
  const { tokenStatus } = await moca.connect('page-token');
  expect(tokenStatus).toMatchObject({ kind: 'PAGE', expiresAt: null });
  expect(callCounts(moca.sandbox)).not.toHaveProperty('debug_token');
});

test('A short-lived token is taken to live for two hours from the answer that brought it.', async () => {
  await using moca = await createTestApp();
  const callback = await moca.consent('short-lived-only');
  // The ladder takes its time after the code exchange.
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'ig_me', times: 2 });
  await complete(moca, callback);
  const { accountId } = await moca.connect('short-lived-only');
  const answeredAt = moca.sandbox.ledger.last({ endpoint: 'code_exchange' })?.at ?? new Date(0);
  const { tokenStatus } = await accountOf(moca, accountId);
  expect(tokenStatus).toMatchObject({
    kind: 'SHORT_LIVED',
    state: 'EXPIRING_SOON',
    expiresAt: plus(answeredAt, 2 * HOUR).toISOString(),
  });
});

/** `/me` as it answers where Meta does not know `user_id`. */
const answerMinimally: Intercept = ({ path, params }) =>
  path === '/me' && params['fields'] !== 'id,username'
    ? {
        status: 400,
        body: {
          error: {
            message: '(#100) Tried accessing nonexisting field (user_id)',
            type: 'IGApiException',
            code: 100,
          },
        },
      }
    : null;

test('Where /me does not know a field, the two that it always knows make an account.', async () => {
  await using moca = await createProxiedApp('instagram');
  moca.instagramGraph.intercept(answerMinimally);
  const account = await moca.connect('page-token');
  expect(account).toMatchObject({
    accountId: '25410031000000007',
    professionalAccountId: null,
    accountName: 'moca_page_token',
    displayName: 'moca_page_token',
    profilePictureUrl: null,
    tokenStatus: { kind: 'LONG_LIVED' },
  });
  expect(moca.instagramGraph.calls.filter(({ path }) => path === '/me')).toHaveLength(2);
});

test('Where /me does not tell whose account it is, a picked account is not taken for it.', async () => {
  await using moca = await createProxiedApp('instagram');
  moca.instagramGraph.intercept(answerMinimally);
  const callback = await moca.consent('page-token');
  const picked = { ...callback, professionalAccountId: '17841405500000001' };
  expect(await complete(moca, picked)).toMatchObject({
    failure: {
      extensions: {
        code: 'BAD_USER_INPUT',
        step: 'profile',
        retryable: false,
        userAction: 'Connect again without picking an account.',
      },
    },
  });
});

test('While the pages cannot be reached, another account at /me does not decide against the picked one.', async () => {
  await using moca = await createProxiedApp();
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'me_accounts', times: 3 });
  const somebodyElse = { id: '28970031000000003', user_id: '17841499999999999', username: 'somebody_else' };
  moca.instagramGraph.intercept(({ path }) => (path === '/me' ? { body: somebodyElse } : null));
  const callback = await moca.consent('page-token');
  const picked = { ...callback, professionalAccountId: '17841405500000001' };
  expect(await complete(moca, picked)).toMatchObject({
    failure: { extensions: { code: 'META_UNAVAILABLE', step: 'page_token', retryable: true } },
  });
  moca.clock.advance(7 * SECOND);
  expect(await complete(moca, picked)).toEqual({ accountId: '17841405500000001' });
});

test('A stored token is renewed where /me does not tell whose account it is: it was when it was stored.', async () => {
  await using moca = await createProxiedApp('instagram');
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'ig_exchange_token' });
  const { accountId } = await moca.connect('page-token');
  moca.sandbox.faults.clear();
  moca.instagramGraph.intercept(answerMinimally);
  const { refreshInstagramToken } = await moca.admin.send(RefreshInstagramTokenDocument, { accountId });
  expect(refreshInstagramToken.tokenStatus.kind).toBe('LONG_LIVED');
});

test("A user_id that is neither of the profile's ids is worth a line in the log, and no more.", async () => {
  await using moca = await createProxiedApp('instagram');
  moca.instagramApi.intercept(() => (body) => {
    const { data } = body;
    return Array.isArray(data)
      ? { data: [{ ...(data[0] as object), user_id: '17841499999999999' }] }
      : { ...body, user_id: '17841499999999999' };
  });
  const account = await moca.connect('page-token');
  expect(account.accountId).toBe('25410031000000007');
  expect(moca.log.filter((line) => line.includes(STRANGE_USER_ID))).toHaveLength(1);
});

test.each([
  { flow: 'instagram', persona: 'big-ids', why: "it is the profile's own id, to the last digit" },
  { flow: 'moca', persona: 'page-token', why: "a page's profile has no such id to compare" },
  { flow: 'facebook', persona: 'page-token', why: 'this exchange names nobody' },
] as const)('In the $flow flow, the user_id of $persona is no anomaly ($why).', async ({ flow, persona }) => {
  await using moca = await createTestApp({ flow });
  await moca.connect(persona);
  expect(moca.log.filter((line) => line.includes(STRANGE_USER_ID))).toEqual([]);
});

test('An exchange that does not say what was granted leaves the scopes unknown, and none counts as missing.', async () => {
  await using moca = await createProxiedApp('instagram');
  moca.instagramApi.intercept(() => (body) => {
    const { data, permissions: _flat, ...rest } = body;
    if (!Array.isArray(data)) return rest;
    const { permissions: _wrapped, ...fields } = data[0] as Record<string, unknown>;
    return { data: [fields] };
  });
  const { accountId } = await moca.connect('declined-scope');
  expect(await accountOf(moca, accountId)).toMatchObject({ scopes: [], missingScopes: [] });
});

test.each(['empty_token', 'wrong_types', 'broken_json', 'huge'] as const)(
  'An answer to the code exchange that is damaged by %s ends the attempt: the code is spent.',
  async (fault) => {
    await using moca = await createTestApp();
    moca.sandbox.faults.inject({ fault, endpoint: 'code_exchange' });
    const callback = await moca.consent('page-token');
    const { extensions } = await refused(moca, callback);
    expect(extensions).toMatchObject({ code: 'META_BAD_RESPONSE', step: 'code_exchange', retryable: false });
    expect(brief(extensions.steps ?? [])).toEqual(['code_exchange FAILED META_BAD_RESPONSE']);
    moca.clock.advance(60 * SECOND);
    expect((await refused(moca, callback)).extensions).toEqual(extensions);
    expect(callCounts(moca.sandbox)).toEqual({ code_exchange: 1 });
  },
);

test.each([
  { flow: 'instagram', grantor: '25410031000000007', who: "/me's id" },
  { flow: 'facebook', grantor: '10230031000000011', who: 'the Facebook user' },
  { flow: 'moca', grantor: '10220031000000009', who: 'the Facebook user' },
] as const)(
  "In the $flow flow, $who is kept as the one who consented, whom Meta's callbacks will name.",
  async ({ flow, grantor }) => {
    await using moca = await createTestApp({ flow });
    await moca.connect('page-token');
    expect(await runSql(moca, 'select grantor_id from instagram_account')).toEqual([{ grantor_id: grantor }]);
    // A later connect that is not told it does not take it to be the same, and asks again.
    moca.sandbox.faults.inject({ fault: 'permission_denied', endpoint: 'fb_me' });
    await moca.connect('page-token');
    expect(await runSql(moca, 'select grantor_id from instagram_account')).toEqual([
      { grantor_id: flow === 'instagram' ? grantor : null },
    ]);
    moca.clock.advance(DAY);
    await moca.app.work();
    expect(await runSql(moca, 'select grantor_id from instagram_account')).toEqual([{ grantor_id: grantor }]);
  },
);

function debugTokenSays(moca: ProxiedApp, data: object): void {
  moca.facebookGraph.intercept(({ path }) =>
    path.endsWith('/debug_token') ? { body: { data: { is_valid: true, ...data } } } : null,
  );
}
