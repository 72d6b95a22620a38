import { defineEntity, p } from '@mikro-orm/core';
import type { LoginFlow } from '../login-flow.js';
import type { StepReport } from '../tokens/ladder/step-report.js';
import type { TokenKind } from '../tokens/token-kind.js';
import type { TokenProblem } from '../tokens/token-problem.js';
import type { TokenEnd } from '../tokens/token-state.js';

/** A token that needs the person again, or one that will soon because its renewal fails. */
export type AccountIncident = 'needs_reauthorization' | 'expiring';

const InstagramAccountSchema = defineEntity({
  name: 'InstagramAccount',
  tableName: 'instagram_account',
  indexes: [
    // The list's orders, with the name: who looks for one along them looks at no account that has another.
    { name: 'instagram_account_newest', properties: ['connectedAt', 'accountId', 'accountName'] },
    { name: 'instagram_account_name', properties: ['accountName', 'accountId'] },
    { name: 'instagram_account_expiry', properties: ['expiryOrder', 'accountId', 'accountName'] },
    {
      name: 'instagram_account_states',
      // In ranges of the first three; with what the list is ordered by, so that nothing else has to be read for it.
      properties: ['tokenEnd', 'tokenKind', 'expiryOrder', 'accountId', 'connectedAt', 'accountName'],
    },
    { name: 'instagram_account_due', properties: ['nextRefreshAt'] },
    { name: 'instagram_account_state_check', properties: ['stateCheckAt'] },
    // With what a breaker asks of all that were tried lately, who may be many.
    {
      name: 'instagram_account_tried',
      properties: ['lastTriedAt', 'tokenKind', 'lastTryFailed', 'accountId'],
    },
    { name: 'instagram_account_grantor', properties: ['grantorId'] },
    { name: 'instagram_account_page', properties: ['pageId'] },
    { name: 'instagram_account_subscription', properties: ['subscriptionCheckAt'] },
  ],
  properties: {
    /** The profile's id at the first connect. Never changes. */
    accountId: p.string().primary(),
    /** The `17841…` id that webhooks name. */
    professionalAccountId: p.string().nullable().unique('instagram_account_professional'),
    /** `/me`'s id: the same person has another one in another app. */
    appScopedId: p.string().nullable().unique('instagram_account_app_scoped'),
    /** Who consented, as Meta's deauthorize and deletion callbacks name them. */
    grantorId: p.string().nullable(),
    /** When they did last: what Meta says of them from before is about an earlier consent. */
    consentedAt: p.datetime(3).nullable(),
    accountName: p.string(),
    displayName: p.string(),
    profilePictureUrl: p.text().nullable(),
    /** The Facebook Page whose token this is. */
    pageId: p.string().nullable(),
    flow: p.string().$type<LoginFlow>(),
    tokenKind: p.string().$type<TokenKind>(),
    /** Sealed; never loaded unless it is asked for. Null once it was erased. */
    accessToken: p.text().nullable().lazy().hidden(),
    tokenIssuedAt: p.datetime(3),
    /** Null for a token that never expires. */
    tokenExpiry: p.datetime(3).nullable(),
    /** `tokenExpiry` in milliseconds for lists in order of expiry; the greatest time there is for "never". */
    expiryOrder: p.bigint('number'),
    /** Counts every write of the token, so that a slow renewal never overwrites a newer one. */
    tokenVersion: p.integer(),
    tokenEnd: p.string().$type<TokenEnd>().nullable(),
    tokenProblem: p.json<TokenProblem>().nullable(),
    lastRefreshedAt: p.datetime(3).nullable(),
    /** When the token is to be renewed or probed; null when nothing more can be done for it. */
    nextRefreshAt: p.datetime(3).nullable(),
    /** When time alone changes the token's state next: the alarm before its end, then its end. */
    stateCheckAt: p.datetime(3).nullable(),
    /** Renewals that failed in a row. */
    refreshFailures: p.integer().default(0),
    /** Since when Meta has answered what nobody understands. */
    unknownSince: p.datetime(3).nullable(),
    /** When a renewal was tried last, and whether it failed in a way that is not the account's own. */
    lastTriedAt: p.datetime(3).nullable(),
    lastTryFailed: p.boolean().default(false),
    /** The claim of whoever renews the token now. No two are the same: an older one writes nothing. */
    fence: p.string().nullable(),
    leaseUntil: p.datetime(3).nullable(),
    /** What the operator was told of and has not been told the end of. */
    incident: p.string().$type<AccountIncident>().nullable(),
    /** Since when Meta has the app subscribed to the account's webhooks, as far as it said so. */
    subscribedAt: p.datetime(3).nullable(),
    /** When the subscription is to be made, or made again, next; null when there is nothing to make. */
    subscriptionCheckAt: p.datetime(3).nullable(),
    /** Tries that failed in a row. */
    subscriptionFailures: p.integer().default(0),
    subscriptionProblem: p.json<TokenProblem>().nullable(),
    scopes: p.json<string[]>(),
    missingScopes: p.json<string[]>(),
    connectionSteps: p.json<StepReport[]>(),
    systemPrompt: p.text().nullable(),
    toneOfVoice: p.text().nullable(),
    keyInformation: p.text().nullable(),
    settingsVersion: p.integer(),
    /** Of the first connect. Never changes. */
    connectedAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
});

/** A connected Instagram professional account with its sealed token. */
export class InstagramAccount extends InstagramAccountSchema.class {}

InstagramAccountSchema.setClass(InstagramAccount);
