import { expect, test } from 'vitest';
import { AuthUrlDocument } from '../../src/generated/graphql.js';
import { loginFlows } from '../../src/login-flow.js';
import { MINUTE, SECOND } from '../../src/time.js';
import { eventually } from '../support/eventually.js';
import { accountOf, attemptsOf, brief, callCounts, complete } from '../support/outcome.js';
import { createTestApp } from '../support/test-app.js';

const DEFAULT_MOCA_SCOPES =
  'instagram_business_basic,instagram_business_manage_messages,instagram_business_manage_comments,' +
  'instagram_business_content_publish,instagram_business_manage_insights,pages_show_list,pages_messaging';

test.each(loginFlows)('Whoever says no comes back to the %s flow without a code.', async (flow) => {
  await using moca = await createTestApp({ flow });
  const { authUrl } = await moca.visitor.send(AuthUrlDocument, {});
  const { searchParams } = await moca.sandbox.consent(authUrl, 'denied');
  expect(Object.fromEntries(searchParams)).toMatchObject({
    error: 'access_denied',
    error_reason: 'user_denied',
  });
  expect(searchParams.has('code')).toBe(false);
  expect(callCounts(moca.sandbox)).toEqual({});
});

test.each([
  { flow: 'moca', kind: 'LONG_LIVED' },
  { flow: 'instagram', kind: 'LONG_LIVED' },
  { flow: 'facebook', kind: 'PAGE' },
] as const)(
  'In the $flow flow, whoever is rate limited is connected 19 minutes later without another code.',
  async ({ flow, kind }) => {
    await using moca = await createTestApp({ flow });
    const callback = await moca.consent('rate-limited');
    expect(await complete(moca, callback)).toMatchObject({
      failure: { extensions: { code: 'META_RATE_LIMITED', retryAfterSeconds: 19 * 60 } },
    });

    const limited = callCounts(moca.sandbox);
    moca.clock.advance(18 * MINUTE);
    expect(await complete(moca, callback)).toMatchObject({
      failure: { extensions: { code: 'META_RATE_LIMITED', retryAfterSeconds: 60 } },
    });
    // Knocking while Meta limits us prolongs it.
    expect(callCounts(moca.sandbox)).toEqual(limited);

    moca.clock.advance(MINUTE);
    const completion = await complete(moca, callback);
    if (!('accountId' in completion)) throw new Error(completion.failure.message);
    expect(await accountOf(moca, completion.accountId)).toMatchObject({ tokenStatus: { kind } });
    expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);
  },
);

test('A rate-limited person need not come back: the sweep finishes the connection.', async () => {
  await using moca = await createTestApp();
  await complete(moca, await moca.consent('rate-limited'));
  moca.clock.advance(19 * MINUTE + SECOND);
  await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'SAVED' }]));
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);
});

test('An empty list of pages is looked at once more, a second later.', async () => {
  await using moca = await createTestApp();
  await moca.connect('late-page');
  const [first, second, ...more] = moca.sandbox.ledger.calls({ endpoint: 'me_accounts' });
  expect(more).toEqual([]);
  expect(Number(second?.at) - Number(first?.at)).toBe(SECOND);
});

test('The moca flow finds a page of a portfolio when its scopes include business_management.', async () => {
  const scopes = `${DEFAULT_MOCA_SCOPES},business_management`;
  await using moca = await createTestApp({ env: { INSTAGRAM_SCOPES: scopes } });
  const account = await moca.connect('portfolio-page');
  expect(account).toMatchObject({ accountId: '17841405506000001', tokenStatus: { kind: 'PAGE' } });
  expect(callCounts(moca.sandbox)).toMatchObject({ me_businesses: 1, owned_pages: 2, client_pages: 2 });
});

test('The id that the step names leads to the second of two linked pages, beside the first.', async () => {
  await using moca = await createTestApp();
  const { accountId, connection } = await moca.connect('two-linked-pages');
  const { detail } = connection.steps.find(({ step }) => step === 'page_token') ?? {};
  const [, professionalAccountId] = /\((\d+)\)/.exec(detail ?? '') ?? [];
  const second = await moca.connect('two-linked-pages', {
    professionalAccountId: professionalAccountId ?? null,
  });
  expect(second.accountName).toBe('moca_two_linked_pages_second');
  expect(second.accountId).not.toBe(accountId);
});

test.each(['moca', 'facebook'] as const)(
  'In the %s flow, professionalAccountId picks the second of two linked pages, and the step names the first.',
  async (flow) => {
    await using moca = await createTestApp({ flow });
    const account = await moca.connect('two-linked-pages', { professionalAccountId: '17841475504000001' });
    expect(account).toMatchObject({
      accountId: '17841475504000001',
      professionalAccountId: '17841475504000001',
      accountName: 'moca_two_linked_pages_second',
      tokenStatus: { kind: 'PAGE' },
    });
    const page = account.connection.steps.find(({ step }) => step === 'page_token');
    expect(page?.detail).toBe('Also linked: moca_two_linked_pages (17841405504000001).');
    // The profile was read on the picked page, and on no other.
    const [profile, ...others] = moca.sandbox.ledger.calls({ endpoint: 'page_profile' });
    expect(others).toEqual([]);
    expect(profile?.path).toBe('v21.0/104850350000015');
  },
);

test.each(['moca', 'facebook'] as const)(
  'In the %s flow, picking an account that no granted page is linked to connects no other one instead.',
  async (flow) => {
    await using moca = await createTestApp({ flow });
    const callback = await moca.consent('two-linked-pages');
    const completion = await complete(moca, { ...callback, professionalAccountId: '17841400000000000' });
    expect(completion).toMatchObject({
      failure: {
        extensions: {
          code: 'PAGE_NOT_LINKED',
          reason: 'NOT_AMONG_THEM',
          step: 'page_token',
          retryable: false,
          userAction: 'Connect again and tick the Facebook Page of the account that you picked.',
        },
      },
    });
    expect(callCounts(moca.sandbox)).not.toHaveProperty('page_profile');
    const { instagramAccounts } = await moca.admin.raw<{ instagramAccounts: { totalCount: number } }>(
      '{ instagramAccounts { totalCount } }',
    );
    expect(instagramAccounts.totalCount).toBe(0);
  },
);

test('In the instagram flow, consent for another account than the picked one is refused.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const callback = await moca.consent('page-token');
  const completion = await complete(moca, { ...callback, professionalAccountId: '17841405502000001' });
  expect(completion).toMatchObject({
    failure: {
      extensions: {
        code: 'BAD_USER_INPUT',
        step: 'profile',
        retryable: false,
        userAction: 'Connect again, logged in on Instagram as the account that you picked.',
      },
    },
  });
  const [attempt] = await attemptsOf(moca);
  expect(brief(attempt?.steps ?? [])).toEqual([
    'code_exchange OK',
    'ig_exchange_token OK',
    'profile FAILED BAD_USER_INPUT',
  ]);
});

test('In the instagram flow, picking the account that consents connects it.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const account = await moca.connect('page-token', { professionalAccountId: '17841405500000001' });
  expect(account.accountId).toBe('25410031000000007');
});
