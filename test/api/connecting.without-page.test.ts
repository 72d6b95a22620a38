import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { InstagramAccessTokenDocument } from '../../src/generated/graphql.js';
import { HOUR, SECOND, plus } from '../../src/time.js';
import type { Intercept } from '../support/meta-proxy.js';
import { accountOf, brief, callCounts, complete, refused } from '../support/outcome.js';
import { createProxiedApp, type ProxiedApp } from '../support/proxied-app.js';
import { tokenOf } from '../support/reconnecting.js';
import { createTestApp } from '../support/test-app.js';

// What is left when step 2 has worked and there is no page. The sandbox's graph.instagram.com takes no token of
// Facebook's; a proxy says what it would say if it did.

const PROFILE = { id: '28970031016000003', user_id: '17841405516000001', username: 'moca_no_page' };
const REFUSAL = {
  error: { message: 'Invalid OAuth access token', type: 'OAuthException', code: 190, fbtrace_id: 'AmadeUp' },
};

type Candidate = 'exchanged' | 'step 2' | 'short';

interface Tokens {
  readonly [candidate: string]: string | null;
}

/** The three tokens that `/me` can be asked with; the first one is the proxy's own. */
function tokensOf(moca: ProxiedApp, exchanged: string | null): Tokens {
  return {
    exchanged,
    'step 2': moca.sandbox.ledger.last({ endpoint: 'fb_exchange_token' })?.granted ?? null,
    short: moca.sandbox.ledger.last({ endpoint: 'code_exchange' })?.granted ?? null,
  };
}

/** Takes `accepted` for a profile call and refuses the others; exchanges the short one if `exchanged` is given. */
function acceptOnly(moca: ProxiedApp, accepted: Candidate, exchanged: string | null): Intercept {
  return ({ path, params }) => {
    if (path === '/access_token') {
      return exchanged === null
        ? { status: 400, body: REFUSAL }
        : { body: { access_token: exchanged, token_type: 'bearer', expires_in: 5_000_000 } };
    }
    if (path !== '/me') return null;
    return params['access_token'] === tokensOf(moca, exchanged)[accepted]
      ? { body: PROFILE }
      : { status: 400, body: REFUSAL };
  };
}

test.each([
  {
    accepted: 'exchanged',
    asked: ['exchanged'],
    kind: 'LONG_LIVED',
    lifeMs: 5_000_000 * SECOND,
    exchange: 'ig_exchange_token OK',
  },
  {
    accepted: 'step 2',
    asked: ['exchanged', 'step 2'],
    kind: 'LONG_LIVED',
    lifeMs: 5_183_944 * SECOND,
    exchange: 'ig_exchange_token OK',
  },
  {
    accepted: 'short',
    asked: ['exchanged', 'step 2', 'short'],
    kind: 'SHORT_LIVED',
    lifeMs: 2 * HOUR,
    exchange: 'ig_exchange_token OK',
  },
  {
    accepted: 'step 2',
    asked: ['step 2'],
    kind: 'LONG_LIVED',
    lifeMs: 5_183_944 * SECOND,
    exchange: 'ig_exchange_token FAILED REAUTHORIZATION_REQUIRED 190',
  },
  {
    accepted: 'short',
    asked: ['step 2', 'short'],
    kind: 'SHORT_LIVED',
    lifeMs: 2 * HOUR,
    exchange: 'ig_exchange_token FAILED REAUTHORIZATION_REQUIRED 190',
  },
] as const)(
  'Without a page, after "$exchange", /me is asked with $asked, and the first accepted token is stored with its own expiry.',
  async ({ accepted, asked, kind, lifeMs, exchange }) => {
    await using moca = await createProxiedApp();
    const exchanged = exchange.endsWith('OK') ? `IGAAmadeUp${randomBytes(40).toString('hex')}` : null;
    moca.instagramGraph.intercept(acceptOnly(moca, accepted, exchanged));
    const callback = await moca.consent('no-page');
    expect(await complete(moca, callback)).toEqual({ accountId: PROFILE.id });

    const tokens = tokensOf(moca, exchanged);
    const asks = moca.instagramGraph.calls.filter(({ path }) => path === '/me');
    expect(asks.map(({ params }) => params['access_token'])).toEqual(asked.map((name) => tokens[name]));
    const { accountId, tokenStatus, connection } = await accountOf(moca, PROFILE.id);
    const receivedAt = moca.sandbox.ledger.last({ endpoint: 'fb_exchange_token' })?.at ?? new Date(0);
    const answeredAt = kind === 'SHORT_LIVED' ? codeAnsweredAt(moca) : receivedAt;
    expect(tokenStatus).toMatchObject({ kind });
    // The list of pages was looked at again after a second; only the exchange came later than that.
    const expected = plus(accepted === 'exchanged' ? moca.clock.now() : answeredAt, lifeMs);
    expect(tokenStatus.expiresAt).toBe(expected.toISOString());
    expect(brief(connection.steps)).toEqual([
      'code_exchange OK',
      'fb_exchange_token OK',
      'page_token FAILED PAGE_NOT_LINKED',
      exchange,
      'profile OK',
    ]);
    const { instagramAccessToken } = await moca.service.send(InstagramAccessTokenDocument, { accountId });
    expect(instagramAccessToken.accessToken).toBe(tokens[accepted]);
  },
);

test('The step says how many better tokens were refused before the one with which the profile was read.', async () => {
  await using moca = await createProxiedApp();
  const exchanged = `IGAAmadeUp${randomBytes(40).toString('hex')}`;
  moca.instagramGraph.intercept(acceptOnly(moca, 'short', exchanged));
  const account = await moca.connect('no-page');
  const profile = account.connection.steps.find(({ step }) => step === 'profile');
  expect(profile?.detail).toBe('Read with a lesser token, after 2 had been refused.');
});

test('A better token that Meta could not be asked about is not called refused, and is the one that is kept.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  // As often as the call with the 60-day token is tried.
  moca.sandbox.faults.inject({ fault: 'unavailable', endpoint: 'ig_me', times: 3 });
  const account = await moca.connect('page-token');
  expect(account.tokenStatus).toMatchObject({ kind: 'LONG_LIVED', state: 'ACTIVE', problem: null });
  const profile = account.connection.steps.find(({ step }) => step === 'profile');
  expect(profile?.detail).toBe('Read with a lesser token, after 1 could not be tried.');
  expect(moca.sandbox.isAlive(await tokenOf(moca, account.accountId))).toBe(true);
});

test('A token that never proves itself in a profile call is not stored, however well it was exchanged.', async () => {
  await using moca = await createProxiedApp('instagram');
  moca.sandbox.faults.inject({ fault: 'permission_denied', endpoint: 'ig_me' });
  expect(await complete(moca, await moca.consent('page-token'))).toMatchObject({
    failure: {
      extensions: { code: 'MISSING_PERMISSION', step: 'profile', retryable: false, meta: { code: 10 } },
    },
  });
  expect(callCounts(moca.sandbox)).toEqual({ code_exchange: 1, ig_exchange_token: 1, ig_me: 2 });
  const { instagramAccounts } = await moca.admin.raw<{ instagramAccounts: { totalCount: number } }>(
    '{ instagramAccounts { totalCount } }',
  );
  expect(instagramAccounts.totalCount).toBe(0);
});

function codeAnsweredAt(moca: ProxiedApp): Date {
  return moca.sandbox.ledger.last({ endpoint: 'code_exchange' })?.at ?? new Date(0);
}

test.each([
  { fault: 'app_unknown', code: 'APP_MISCONFIGURED' },
  { fault: 'broken_json', code: 'META_BAD_RESPONSE' },
] as const)(
  'A Facebook token that cannot go on after $fault is told by that, and not by what Instagram says of it.',
  async ({ fault, code }) => {
    await using moca = await createProxiedApp();
    moca.sandbox.faults.inject({ fault, endpoint: 'fb_exchange_token' });
    const outcome = await complete(moca, await moca.consent('page-token'));
    expect(outcome).toMatchObject({ failure: { extensions: { code, step: 'fb_exchange_token' } } });
  },
);

test('A token that ends between its exchange and the profile is told as what it is, not as a fault of the app.', async () => {
  await using moca = await createProxiedApp();
  moca.instagramGraph.intercept(({ path }) => (path === '/me' ? { status: 400, body: REFUSAL } : null));
  const { extensions } = await refused(moca, await moca.consent('code-101'));
  expect(extensions).toMatchObject({
    code: 'REAUTHORIZATION_REQUIRED',
    step: 'profile',
    meta: { code: 190 },
  });
  expect(brief(extensions.steps ?? [])).toEqual([
    'code_exchange OK',
    'fb_exchange_token FAILED APP_MISCONFIGURED 101',
    'page_token SKIPPED',
    'ig_exchange_token OK',
    'profile FAILED REAUTHORIZATION_REQUIRED 190',
  ]);
});
