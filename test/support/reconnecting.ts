import {
  AccountHistoryDocument,
  CountInstagramAccountsDocument,
  InstagramAccessTokenDocument,
  UpdateInstagramAccountSettingsDocument,
  type AccountHistoryQuery,
  type InstagramAccountSettingsInput,
} from '../../src/generated/graphql.js';
import type { LoginFlow } from '../../src/login-flow.js';
import { accountOf, type StoredAccount } from './outcome.js';
import { testEnvironment, type TestApp } from './test-app.js';

export type HistoryEvent = NonNullable<
  AccountHistoryQuery['instagramAccount']
>['history']['edges'][number]['node'];

/** The same database and sandbox by another flow, as after a change of the configuration. */
export async function switchFlow(moca: TestApp, flow: LoginFlow): Promise<void> {
  const { INSTAGRAM_LOGIN_FLOW, INSTAGRAM_CLIENT_ID, INSTAGRAM_CLIENT_SECRET } = testEnvironment(
    moca.sandbox,
    moca.databaseUrl,
    { flow },
  );
  // Page tokens of the facebook flow stay usable beside the instagram flow: its Meta app is told too.
  const { clientId, clientSecret } = moca.sandbox.apps[flow === 'moca' ? 'documented' : 'facebook'];
  await moca.restart(
    {},
    {
      INSTAGRAM_LOGIN_FLOW,
      INSTAGRAM_CLIENT_ID,
      INSTAGRAM_CLIENT_SECRET,
      FACEBOOK_CLIENT_ID: clientId,
      FACEBOOK_CLIENT_SECRET: clientSecret,
    },
  );
}

/** What happened to the account, oldest first; but not that its token was read, which tests do to look at it. */
export async function historyOf(moca: TestApp, accountId: string): Promise<HistoryEvent[]> {
  const { instagramAccount } = await moca.admin.send(AccountHistoryDocument, { accountId, first: 100 });
  return (instagramAccount?.history.edges ?? [])
    .map(({ node }) => node)
    .filter(({ type }) => type !== 'token_read')
    .reverse();
}

export async function eventsOf(moca: TestApp, accountId: string): Promise<string[]> {
  return (await historyOf(moca, accountId)).map(({ type }) => type);
}

/** The token as a service gets it. */
export async function tokenOf(moca: TestApp, accountId: string): Promise<string> {
  const { instagramAccessToken } = await moca.service.send(InstagramAccessTokenDocument, { accountId });
  return instagramAccessToken.accessToken;
}

export async function countAccounts(moca: TestApp): Promise<number> {
  const { instagramAccounts } = await moca.admin.send(CountInstagramAccountsDocument, {});
  return instagramAccounts.totalCount;
}

export async function setSettings(
  moca: TestApp,
  accountId: string,
  settings: InstagramAccountSettingsInput,
): Promise<void> {
  await moca.admin.send(UpdateInstagramAccountSettingsDocument, { accountId, settings });
}

/** Everything that can be seen of an account, its token and its history. */
export async function everythingOf(
  moca: TestApp,
  accountId: string,
): Promise<{ account: StoredAccount; token: string; history: HistoryEvent[] }> {
  return {
    account: await accountOf(moca, accountId),
    token: await tokenOf(moca, accountId),
    history: await historyOf(moca, accountId),
  };
}
