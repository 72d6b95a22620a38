// Apollo Server as its first page shows it, with MikroORM's own finds: what one would write first.
import { join } from 'node:path';
import process from 'node:process';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import type * as eventModule from '../../../src/accounts/account-event.entity.js';
import type * as entityModule from '../../../src/accounts/instagram-account.entity.js';
import type * as databaseModule from '../../../src/database/database.js';
import type * as stateModule from '../../../src/tokens/token-state.js';
import { openAuthorization } from './authorization.ts';
import { peerSchema } from './peer-schema.ts';
import { ACTOR, detailOf, type SettingsChange } from './settings-change.ts';

const BUILD = join(process.cwd(), 'dist');
const { InstagramAccount } = (await import(
  join(BUILD, 'accounts/instagram-account.entity.js')
)) as typeof entityModule;
const { AccountEvent } = (await import(
  join(BUILD, 'accounts/account-event.entity.js')
)) as typeof eventModule;
const { openDatabase } = (await import(join(BUILD, 'database/database.js'))) as typeof databaseModule;
const { tokenStateAt, needsReauthorization } = (await import(
  join(BUILD, 'tokens/token-state.js')
)) as typeof stateModule;

const { em } = await openDatabase({ kind: 'sqlite', path: process.env['BENCH_DATABASE'] ?? '' });
const authUrl = await openAuthorization();

function toAccount(account: entityModule.InstagramAccount, now: Date) {
  const { tokenKind, tokenExpiry = null, tokenEnd = null } = account;
  const state = tokenStateAt({ tokenKind, tokenExpiry, tokenEnd }, now);
  return {
    accountId: account.accountId,
    professionalAccountId: account.professionalAccountId,
    accountName: account.accountName,
    displayName: account.displayName,
    profilePictureUrl: account.profilePictureUrl,
    scopes: account.scopes,
    missingScopes: account.missingScopes,
    connectedAt: account.connectedAt,
    updatedAt: account.updatedAt,
    settings: {
      systemPrompt: account.systemPrompt,
      toneOfVoice: account.toneOfVoice,
      keyInformation: account.keyInformation,
      version: account.settingsVersion,
    },
    tokenStatus: {
      state,
      kind: tokenKind,
      expiresAt: tokenExpiry,
      expiresInSeconds:
        tokenExpiry === null
          ? null
          : Math.max(0, Math.floor((tokenExpiry.getTime() - now.getTime()) / 1_000)),
      needsReauthorization: needsReauthorization(state),
      lastRefreshedAt: account.lastRefreshedAt,
      nextRefreshAt: account.nextRefreshAt,
      problem: account.tokenProblem,
    },
    webhookSubscription: {
      state:
        account.subscribedAt != null
          ? 'SUBSCRIBED'
          : account.subscriptionProblem != null
            ? 'FAILED'
            : account.subscriptionCheckAt == null
              ? 'NONE'
              : 'PENDING',
      since: account.subscribedAt,
      nextCheckAt: account.subscriptionCheckAt,
      problem: account.subscriptionProblem,
    },
    connection: { flow: account.flow.toUpperCase(), steps: account.connectionSteps },
  };
}

function cursorOf({ connectedAt, accountId }: entityModule.InstagramAccount): string {
  return Buffer.from(JSON.stringify(['NEWEST_FIRST', connectedAt.getTime(), accountId])).toString(
    'base64url',
  );
}

const schema = peerSchema({
  authUrl: ({ challenge, forceReauth }: { challenge?: string | null; forceReauth?: boolean | null }) =>
    authUrl(challenge ?? null, forceReauth ?? false),
  instagramAccounts: async ({ first }: { first?: number | null }) => {
    const size = first ?? 20;
    const now = new Date();
    const accounts = await em().find(
      InstagramAccount,
      {},
      { orderBy: { connectedAt: 'desc', accountId: 'desc' }, limit: size + 1 },
    );
    const edges = accounts
      .slice(0, size)
      .map((account) => ({ cursor: cursorOf(account), node: toAccount(account, now) }));
    return {
      edges,
      pageInfo: {
        hasNextPage: accounts.length > size,
        hasPreviousPage: false,
        startCursor: edges[0]?.cursor,
        endCursor: edges.at(-1)?.cursor,
      },
    };
  },
  instagramAccount: async ({ accountId }: { accountId: string }) => {
    const account = await em().findOne(InstagramAccount, { accountId });
    return account === null ? null : toAccount(account, new Date());
  },
  updateInstagramAccountSettings: ({ accountId, settings }: SettingsChange) =>
    em().transactional(async (transaction) => {
      const now = new Date();
      const account = await transaction.findOneOrFail(InstagramAccount, { accountId });
      Object.assign(account, settings, { settingsVersion: account.settingsVersion + 1, updatedAt: now });
      const detail = detailOf(settings, account.settingsVersion);
      const event = { account: accountId, at: now, type: 'settings_changed', actor: ACTOR, detail };
      transaction.persist(transaction.create(AccountEvent, { ...event, subjectHash: null, onceKey: null }));
      await transaction.flush();
      return toAccount(account, now);
    }),
});

await startStandaloneServer(new ApolloServer({ schema }), {
  listen: { port: Number(process.env['PORT']), host: '127.0.0.1' },
});
