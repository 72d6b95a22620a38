import { expect, test } from 'vitest';
import { accountOf, brief, callCounts, complete, refused } from '../support/outcome.js';
import { createProxiedApp } from '../support/proxied-app.js';
import { createTestApp } from '../support/test-app.js';

test.each([
  { fault: 'permission_denied', code: 'MISSING_PERMISSION', numbers: ' 10' },
  { fault: 'capability', code: 'APP_MISCONFIGURED', numbers: ' 3' },
  { fault: 'app_removed', code: 'REAUTHORIZATION_REQUIRED', numbers: ' 190/458' },
  { fault: 'broken_json', code: 'META_BAD_RESPONSE', numbers: '' },
  { fault: 'unavailable', code: 'META_UNAVAILABLE', numbers: ' 2' },
] as const)(
  "When the page's own profile call fails with $fault, the ladder goes down to the Instagram exchange.",
  async ({ fault, code, numbers }) => {
    await using moca = await createTestApp();
    moca.sandbox.faults.inject({ fault, endpoint: 'page_profile' });
    const { extensions } = await refused(moca, await moca.consent('page-token'));
    // This person's tokens are Facebook's: there is nothing further down, and the page's trouble is what is told.
    expect(extensions).toMatchObject({ code, step: 'profile' });
    expect(brief(extensions.steps ?? [])).toEqual([
      'code_exchange OK',
      'fb_exchange_token OK',
      `page_token FAILED ${code}${numbers}`,
      'ig_exchange_token FAILED REAUTHORIZATION_REQUIRED 190',
      'profile FAILED REAUTHORIZATION_REQUIRED 190',
    ]);
  },
);

test('When the page turns out to have no account any more, the ladder goes down, and what is left is stored.', async () => {
  await using moca = await createProxiedApp();
  const profile = { id: '28970031000000003', user_id: '17841405500000001', username: 'moca_page_token' };
  moca.facebookGraph.intercept(({ path }) =>
    /\/\d+$/.test(path) ? { body: { id: '104850310000011' } } : null,
  );
  moca.instagramGraph.intercept(({ path }) => (path === '/me' ? { body: profile } : null));
  const account = await moca.connect('page-token');
  expect(brief(account.connection.steps)).toEqual([
    'code_exchange OK',
    'fb_exchange_token OK',
    'page_token FAILED PAGE_NOT_LINKED',
    'ig_exchange_token FAILED REAUTHORIZATION_REQUIRED 190',
    'profile OK',
  ]);
  expect(account).toMatchObject({ accountId: profile.id, tokenStatus: { kind: 'LONG_LIVED' } });
});

test.each(['permission_denied', 'app_removed', 'broken_json', 'unavailable', 'rate_app'] as const)(
  'Nothing depends on who consented and what they granted: with %s on both calls the page is still found.',
  async (fault) => {
    await using moca = await createTestApp({ flow: 'facebook' });
    moca.sandbox.faults.inject({ fault, endpoint: 'fb_me' });
    moca.sandbox.faults.inject({ fault, endpoint: 'me_permissions' });
    const { accountId, tokenStatus, connection } = await moca.connect('page-token');
    expect(tokenStatus).toMatchObject({ kind: 'PAGE', state: 'ACTIVE', problem: null });
    expect(connection.steps.every(({ outcome }) => outcome === 'OK')).toBe(true);
    // What was not told is not known, which is not the same as declined.
    expect(await accountOf(moca, accountId)).toMatchObject({ scopes: [], missingScopes: [] });
  },
);

test('What was granted is asked for where the exchange does not tell it.', async () => {
  await using moca = await createProxiedApp();
  moca.instagramApi.intercept(() => (body) => mapFields(body, ({ permissions: _hidden, ...rest }) => rest));
  const { accountId } = await moca.connect('declined-scope');
  expect(callCounts(moca.sandbox)).toMatchObject({ me_permissions: 1 });
  const account = await accountOf(moca, accountId);
  expect(account.missingScopes).toEqual(['instagram_business_manage_insights']);
  expect(account.scopes).toHaveLength(6);
});

test('Without the basic permission there is no connection, whoever tells that it was declined.', async () => {
  await using moca = await createProxiedApp();
  moca.instagramApi.intercept(() => (body) => mapFields(body, ({ permissions: _hidden, ...rest }) => rest));
  const completion = await complete(moca, await moca.consent('declined-basic'));
  expect(completion).toMatchObject({
    failure: { extensions: { code: 'MISSING_PERMISSION', step: 'page_token', retryable: false } },
  });
  expect(callCounts(moca.sandbox)).not.toHaveProperty('ig_exchange_token');
});

test('A person who did not let us list their pages hears so, and not that they have none.', async () => {
  await using moca = await createTestApp({
    flow: 'facebook',
    env: { INSTAGRAM_SCOPES: 'instagram_basic,pages_read_engagement' },
  });
  expect(await complete(moca, await moca.consent('page-token'))).toMatchObject({
    failure: {
      message: 'The permission pages_show_list was not granted.',
      extensions: { code: 'PAGE_NOT_LINKED', reason: 'PERMISSION_MISSING', step: 'page_token' },
    },
  });
});

test.each([
  { fault: 'permission_missing', code: 'MISSING_PERMISSION' },
  { fault: 'capability', code: 'APP_MISCONFIGURED' },
  { fault: 'broken_json', code: 'META_BAD_RESPONSE' },
] as const)(
  'Portfolios that refuse with $fault are passed over, and the step says so.',
  async ({ fault, code }) => {
    await using moca = await createTestApp({ flow: 'facebook' });
    moca.sandbox.faults.inject({ fault, endpoint: 'me_businesses' });
    const { extensions } = await refused(moca, await moca.consent('portfolio-page'));
    expect(extensions).toMatchObject({ code: 'PAGE_NOT_LINKED', reason: 'NO_PAGE', retryable: false });
    const page = extensions.steps?.find(({ step }) => step === 'page_token');
    expect(page?.detail).toBe(`Business portfolios SKIPPED: Meta did not list them (${code}).`);
  },
);

test('Of more than 25 portfolios the rest is not looked through, and nobody is told for certain that there is no page.', async () => {
  await using moca = await createProxiedApp('facebook');
  const data = Array.from({ length: 28 }, (_, index) => ({ id: String(index + 1) }));
  moca.facebookGraph.intercept(({ path }) => {
    if (path.endsWith('/me/businesses')) return { body: { data } };
    return /\/(owned|client)_pages$/.test(path) ? { body: { data: [] } } : null;
  });
  const { message, extensions } = await refused(moca, await moca.consent('no-page'));
  expect(message).toBe(
    'No Facebook Page can be reached with what was granted. 3 of the business portfolios were not looked through: it may be in one of them.',
  );
  expect(extensions).toMatchObject({ code: 'PAGE_NOT_LINKED', reason: 'NO_PAGE', step: 'page_token' });
  expect(extensions.userAction).toContain('tick fewer business portfolios');
  const page = extensions.steps?.find(({ step }) => step === 'page_token');
  expect(page?.detail).toBe('Business portfolios not looked through: the last 3.');
  const lists = moca.facebookGraph.calls.filter(({ path }) => /\/(owned|client)_pages$/.test(path));
  expect(lists).toHaveLength(50);
});

test('A linked page that is found is taken, however many portfolios are left out.', async () => {
  await using moca = await createProxiedApp('facebook');
  moca.facebookGraph.intercept(({ path }) =>
    path.endsWith('/me/businesses')
      ? (body) => ({
          data: [...(body['data'] as object[]), ...Array.from({ length: 26 }, (_, id) => ({ id: `9${id}` }))],
        })
      : null,
  );
  const account = await moca.connect('portfolio-page');
  expect(account.accountId).toBe('17841405506000001');
  const page = account.connection.steps.find(({ step }) => step === 'page_token');
  expect(page).toMatchObject({
    outcome: 'OK',
    detail: 'Business portfolios not looked through: the last 3.',
  });
});

test('Portfolios that cannot be asked for now may hold the page: the connection is put off.', async () => {
  await using moca = await createTestApp({ flow: 'facebook' });
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'me_businesses', times: 3 });
  const callback = await moca.consent('portfolio-page');
  expect(await complete(moca, callback)).toMatchObject({
    failure: { extensions: { code: 'META_UNAVAILABLE', step: 'page_token', retryable: true } },
  });
  moca.clock.advance(10_000);
  expect(await complete(moca, callback)).toEqual({ accountId: '17841405506000001' });
});

test.each([403, 404])(
  'Something that answers %i in the place of the portfolios has none: the connection is not put off for them.',
  async (status) => {
    await using moca = await createProxiedApp('facebook');
    moca.facebookGraph.intercept(({ path }) =>
      path.endsWith('/me/businesses') ? { status, body: '<h1>No</h1>' } : null,
    );
    const { extensions } = await refused(moca, await moca.consent('no-page'));
    expect(extensions).toMatchObject({ code: 'PAGE_NOT_LINKED', step: 'page_token', retryable: false });
    const page = extensions.steps?.find(({ step }) => step === 'page_token');
    expect(page?.detail).toContain('Business portfolios SKIPPED');
  },
);

test('One portfolio that refuses does not hide the page of another.', async () => {
  await using moca = await createTestApp({ flow: 'facebook' });
  moca.sandbox.faults.inject({ fault: 'permission_missing', endpoint: 'owned_pages', times: 1 });
  const account = await moca.connect('portfolio-page');
  expect(account.accountId).toBe('17841405506000001');
});

test('A picked account is looked for in the portfolios too, when another page is linked.', async () => {
  await using moca = await createProxiedApp('facebook');
  const linkedElsewhere = {
    id: '104850310000999',
    name: 'Another page',
    access_token: 'EAAmadeUpPageTokenOfAnotherPage',
    instagram_business_account: { id: '17841400000000999', username: 'another' },
  };
  moca.facebookGraph.intercept(({ path }) =>
    path.endsWith('/me/accounts') ? { body: { data: [linkedElsewhere] } } : null,
  );
  const account = await moca.connect('portfolio-page', { professionalAccountId: '17841405506000001' });
  expect(account).toMatchObject({ accountId: '17841405506000001', tokenStatus: { kind: 'PAGE' } });
  const page = account.connection.steps.find(({ step }) => step === 'page_token');
  expect(page?.detail).toBe('Also linked: another (17841400000000999).');
});

test('A page token is not even asked for before the long-lived exchange has worked.', async () => {
  await using moca = await createTestApp({ flow: 'facebook' });
  moca.sandbox.faults.inject({ fault: 'capability', endpoint: 'fb_exchange_token' });
  await complete(moca, await moca.consent('page-token'));
  expect(callCounts(moca.sandbox)).toEqual({ code_exchange: 1, fb_exchange_token: 1 });
});

test('A next page that leads elsewhere is not followed: the list goes on by its cursor.', async () => {
  await using moca = await createTestApp({ flow: 'facebook' });
  moca.sandbox.faults.inject({ fault: 'evil_next', endpoint: 'me_accounts' });
  const account = await moca.connect('several-pages');
  expect(account.accountId).toBe('17841405502000001');
  expect(callCounts(moca.sandbox)).not.toHaveProperty('elsewhere');
});

/** Changes the fields of an exchange's answer, flat or wrapped in `data[]`. */
function mapFields(
  body: Record<string, unknown>,
  change: (fields: Record<string, unknown>) => Record<string, unknown>,
): object {
  const { data } = body;
  return Array.isArray(data)
    ? { data: data.map((item) => change(item as Record<string, unknown>)) }
    : change(body);
}
