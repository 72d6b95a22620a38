import { expect, test } from 'vitest';
import { AccountHistoryDocument, InstagramAccountDocument } from '../../src/generated/graphql.js';
import { DAY, HOUR } from '../../src/time.js';
import { accountOf, brief, complete } from '../support/outcome.js';
import { createProxiedApp, type ProxiedApp } from '../support/proxied-app.js';
import {
  countAccounts,
  eventsOf,
  historyOf,
  setSettings,
  switchFlow,
  tokenOf,
} from '../support/reconnecting.js';
import { runSql } from '../support/sql.js';
import type { Callback } from '../support/test-app.js';

// One person in two rows: `/me` that tells only the app-scoped id shares no id with the page's profile. A later
// connect that tells both ids makes them one.

/** The row of the page. */
const BY_PAGE = '17841405500000001';
/** The row of `/me`. */
const BY_ME = '25410031000000007';

/** `/me` without `user_id`, as for an app that may not read it. */
function hideUserId(moca: ProxiedApp): void {
  moca.instagramGraph.intercept(({ path, params }) =>
    path === '/me' && params['fields'] !== 'id,username'
      ? { status: 400, body: { error: { message: '(#100) nonexisting field (user_id)', code: 100 } } }
      : null,
  );
}

function showUserId(moca: ProxiedApp): void {
  moca.instagramGraph.intercept(() => null);
}

/** The page's row first or second, an hour apart; the callbacks with which they came. */
async function connectTwice(
  moca: ProxiedApp,
  order: 'page first' | 'page second',
): Promise<{ byPage: Callback; byMe: Callback }> {
  const connect = async (flow: 'facebook' | 'instagram'): Promise<Callback> => {
    await switchFlow(moca, flow);
    const callback = await moca.consent('page-token');
    expect(await complete(moca, callback)).toEqual({ accountId: flow === 'facebook' ? BY_PAGE : BY_ME });
    moca.clock.advance(HOUR);
    return callback;
  };
  hideUserId(moca);
  const first = await connect(order === 'page first' ? 'facebook' : 'instagram');
  const second = await connect(order === 'page first' ? 'instagram' : 'facebook');
  showUserId(moca);
  expect(await countAccounts(moca)).toBe(2);
  return order === 'page first' ? { byPage: first, byMe: second } : { byPage: second, byMe: first };
}

test.each([
  { order: 'page first', older: BY_PAGE, newer: BY_ME },
  { order: 'page second', older: BY_ME, newer: BY_PAGE },
] as const)(
  'Two rows that turn out to be one person ($order) become the older one, with the better token of the two.',
  async ({ order, older, newer }) => {
    await using moca = await createProxiedApp('instagram');
    await connectTwice(moca, order);
    const { connectedAt } = await accountOf(moca, older);
    const page = await tokenOf(moca, BY_PAGE);
    await switchFlow(moca, 'instagram');
    const account = await moca.connect('page-token');
    expect(account).toMatchObject({
      accountId: older,
      professionalAccountId: '17841405500000001',
      tokenStatus: { kind: 'PAGE', state: 'ACTIVE', expiresAt: null },
      connection: { flow: 'FACEBOOK' },
    });
    expect(brief(account.connection.steps)).toContain('profile OK kept_better_token');
    // Meta was asked, and it answered: the token is not only kept for want of an answer.
    expect(moca.sandbox.ledger.last({ endpoint: 'page_profile' })).toMatchObject({
      status: 200,
      params: { access_token: page },
    });
    expect(await accountOf(moca, older)).toMatchObject({ connectedAt });
    // It opens in its new row, and is what it was.
    expect(await tokenOf(moca, older)).toBe(page);
    expect(await countAccounts(moca)).toBe(1);
    const { instagramAccount } = await moca.admin.send(InstagramAccountDocument, { accountId: newer });
    expect(instagramAccount).toBeNull();
    // Both flows find it from now on.
    await switchFlow(moca, 'facebook');
    expect((await moca.connect('page-token')).accountId).toBe(older);
    expect(await countAccounts(moca)).toBe(1);
  },
);

test("The newer row's history moves, and the merge is written down.", async () => {
  await using moca = await createProxiedApp('instagram');
  await connectTwice(moca, 'page first');
  await setSettings(moca, BY_ME, { toneOfVoice: 'warm' });
  await switchFlow(moca, 'instagram');
  await moca.connect('page-token');
  expect(await eventsOf(moca, BY_PAGE)).toEqual([
    'connected',
    'connected',
    'settings_changed',
    'merged',
    'kept',
  ]);
  expect((await historyOf(moca, BY_PAGE)).find(({ type }) => type === 'merged')).toMatchObject({
    actor: 'system',
    detail: `The account ${BY_ME} turned out to be the same person.`,
    at: moca.clock.now().toISOString(),
  });
});

test('Two rows whose tokens one service has read on one day are merged, and both reads stay in the history.', async () => {
  await using moca = await createProxiedApp('instagram');
  await connectTwice(moca, 'page first');
  for (const accountId of [BY_PAGE, BY_ME]) await tokenOf(moca, accountId);
  await switchFlow(moca, 'instagram');
  expect(await complete(moca, await moca.consent('page-token'))).toEqual({ accountId: BY_PAGE });
  expect(await countAccounts(moca)).toBe(1);
  await tokenOf(moca, BY_PAGE);
  const { instagramAccount } = await moca.admin.send(AccountHistoryDocument, { accountId: BY_PAGE });
  const types = instagramAccount?.history.edges.map(({ node }) => node.type);
  expect(types?.filter((type) => type === 'token_read')).toHaveLength(2);
});

test('Settings that the older row leaves open are filled from the newer one, and none is overwritten.', async () => {
  await using moca = await createProxiedApp('instagram');
  await connectTwice(moca, 'page first');
  await setSettings(moca, BY_PAGE, { systemPrompt: 'of the older' });
  await setSettings(moca, BY_ME, { systemPrompt: 'of the newer', toneOfVoice: 'of the newer' });
  await switchFlow(moca, 'instagram');
  await moca.connect('page-token');
  expect((await accountOf(moca, BY_PAGE)).settings).toEqual({
    systemPrompt: 'of the older',
    toneOfVoice: 'of the newer',
    keyInformation: null,
    // 1 at first, 2 by the admin, 3 by the merge: whoever saves on version 2 hears of a conflict.
    version: 3,
  });
});

test('A merge that fills no setting counts no version.', async () => {
  await using moca = await createProxiedApp('instagram');
  await connectTwice(moca, 'page first');
  await setSettings(moca, BY_PAGE, { systemPrompt: 'of the older' });
  await switchFlow(moca, 'instagram');
  await moca.connect('page-token');
  expect((await accountOf(moca, BY_PAGE)).settings).toMatchObject({
    systemPrompt: 'of the older',
    version: 2,
  });
});

test('The attempts of both rows are joined as before, and find the account that stayed.', async () => {
  await using moca = await createProxiedApp('instagram');
  const { byPage, byMe } = await connectTwice(moca, 'page second');
  await switchFlow(moca, 'instagram');
  await moca.connect('page-token');
  expect(await complete(moca, byPage)).toEqual({ accountId: BY_ME });
  expect(await complete(moca, byMe)).toEqual({ accountId: BY_ME });
});

test('When neither of the two tokens lives, the one that was just obtained is stored.', async () => {
  await using moca = await createProxiedApp('instagram');
  await connectTwice(moca, 'page first');
  moca.sandbox.revoke('page-token', 458);
  await switchFlow(moca, 'instagram');
  const account = await moca.connect('page-token');
  expect(account).toMatchObject({ accountId: BY_PAGE, tokenStatus: { kind: 'LONG_LIVED', state: 'ACTIVE' } });
  expect(await tokenOf(moca, BY_PAGE)).toBe(
    moca.sandbox.ledger.last({ endpoint: 'ig_exchange_token' })?.granted,
  );
  expect(await eventsOf(moca, BY_PAGE)).toEqual(['connected', 'connected', 'merged', 'reconnected']);
});

test('When the best of the two tokens is dead, the other one is kept before a lesser one that was just obtained.', async () => {
  await using moca = await createProxiedApp('instagram');
  await connectTwice(moca, 'page first');
  const longLived = await tokenOf(moca, BY_ME);
  // The role on the page is gone: its token dies, and no other.
  moca.sandbox.revoke('page-token', 492);
  await switchFlow(moca, 'instagram');
  moca.sandbox.faults.inject({ fault: 'capability', endpoint: 'ig_exchange_token' });
  const account = await moca.connect('page-token');
  expect(account).toMatchObject({ accountId: BY_PAGE, tokenStatus: { kind: 'LONG_LIVED', state: 'ACTIVE' } });
  expect(await tokenOf(moca, BY_PAGE)).toBe(longLived);
  expect(await eventsOf(moca, BY_PAGE)).toEqual(['connected', 'connected', 'merged', 'kept']);
});

test('A token that moved with a merge is renewed and probed like any other.', async () => {
  await using moca = await createProxiedApp('instagram');
  await connectTwice(moca, 'page second');
  await switchFlow(moca, 'instagram');
  await moca.connect('page-token');
  const { refreshInstagramToken } = await moca.admin.raw<{
    refreshInstagramToken: { tokenStatus: { state: string; kind: string } };
  }>(
    'mutation ($accountId: ID!) { refreshInstagramToken(accountId: $accountId) { tokenStatus { state kind } } }',
    { accountId: BY_ME },
  );
  expect(refreshInstagramToken.tokenStatus).toEqual({ state: 'ACTIVE', kind: 'PAGE' });
});

test('A token that moved with a merge does not count for the failures of the one that it replaced.', async () => {
  await using moca = await createProxiedApp('instagram');
  await connectTwice(moca, 'page second');
  moca.clock.advance(34 * DAY);
  moca.sandbox.faults.inject({ fault: 'app_unknown', endpoint: 'refresh_access_token' });
  await moca.app.work();
  const flags =
    'select account_id, last_try_failed as failed from instagram_account order by account_id desc';
  const failed = async (): Promise<unknown> =>
    (await runSql(moca, flags)).map((row) => [row['account_id'], Boolean(row['failed'])]);
  expect(await failed()).toEqual([
    [BY_ME, true],
    [BY_PAGE, false],
  ]);
  await switchFlow(moca, 'instagram');
  expect((await moca.connect('page-token')).tokenStatus.kind).toBe('PAGE');
  expect(await failed()).toEqual([[BY_ME, false]]);
});
