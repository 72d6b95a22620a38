/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What became of an attempt to connect. */
export type AttemptOutcome =
  /** It failed for good. */
  | 'FAILED'
  /** It is being made, or will be taken up again. */
  | 'OPEN'
  /** The account was connected. */
  | 'SAVED';

/** Which accounts to list. Conditions that are given must all hold. */
export type InstagramAccountFilter = {
  /** The username contains this text (at most 256 characters), whatever the case of its letters. */
  accountNameContains?: string | null | undefined;
  /** The token expires before this time, or has expired. */
  expiresBefore?: string | null | undefined;
  /** The token is of one of these kinds. */
  kind?: Array<TokenKind> | null | undefined;
  /** Whether the person has to connect again. */
  needsReauthorization?: boolean | null | undefined;
  /** The token is in one of these states. */
  state?: Array<TokenState> | null | undefined;
};

/** The order of the list. */
export type InstagramAccountOrder =
  /** By the expiry of the token, soonest first; tokens without an expiry last. */
  | 'EXPIRY_ASC'
  /** By username, in byte order. */
  | 'NAME_ASC'
  /** By the time of the first connect, newest first. */
  | 'NEWEST_FIRST'
  /** By the time of the first connect, oldest first. */
  | 'OLDEST_FIRST';

/** A field left out stays as it is; null clears it. */
export type InstagramAccountSettingsInput = {
  /** Facts that answers may rely on. At most 16 kB of UTF-8. */
  keyInformation?: string | null | undefined;
  /** Instructions for the model. At most 16 kB of UTF-8. */
  systemPrompt?: string | null | undefined;
  /** How answers are to sound. At most 16 kB of UTF-8. */
  toneOfVoice?: string | null | undefined;
};

/** How a person connected. */
export type LoginFlow =
  /** Facebook Login; ends with a page token. */
  | 'FACEBOOK'
  /** Business Login for Instagram; no Facebook Page needed. */
  | 'INSTAGRAM'
  /** Facebook's dialog with Instagram's code exchange, with every rung of the ladder. */
  | 'MOCA';

/** The app as one of the two Graph hosts knows it. */
export type RenewalApp =
  /** At graph.facebook.com, which page tokens are for. */
  | 'FACEBOOK'
  /** At graph.instagram.com, which renews long-lived and short-lived tokens. */
  | 'INSTAGRAM';

/** Whether an app's renewals pause because too many fail for a reason that is not their own. */
export type RenewalBreakerState =
  /** Renewals go on as planned. */
  | 'CLOSED'
  /** One renewal is tried, to see whether Meta answers as it should. */
  | 'HALF_OPEN'
  /** No renewal is tried before `retryAt`. */
  | 'OPEN';

/** How a step went. */
export type StepOutcome =
  /** It did not; `problem` says why, and the ladder went on without it where it could. */
  | 'FAILED'
  /** It worked. */
  | 'OK'
  /** It was not needed, or not possible after an earlier step failed. */
  | 'SKIPPED';

/** What a token is worth. */
export type TokenKind =
  /** Valid for 60 days, renewable. */
  | 'LONG_LIVED'
  /** A Facebook page token that never expires. */
  | 'PAGE'
  /** Valid for about an hour: what is left when everything better was refused. */
  | 'SHORT_LIVED';

/** What can be said of a token. DISCONNECTED wins over REVOKED over EXPIRED over EXPIRING_SOON over ACTIVE. */
export type TokenState =
  /** Valid for 7 days or more, or for ever. */
  | 'ACTIVE'
  /** An admin or the person ended the connection; the token was erased. */
  | 'DISCONNECTED'
  /** Its time is over. The person has to connect again. */
  | 'EXPIRED'
  /** Valid for less than 7 days. Short-lived tokens are so from birth. */
  | 'EXPIRING_SOON'
  /** Meta says that it is no longer valid. The person has to connect again. */
  | 'REVOKED';

/** What can be said of the subscription to an account. */
export type WebhookSubscriptionState =
  /** Meta refused it; it is tried again at `nextCheckAt`. */
  | 'FAILED'
  /** There is none: the token is no longer valid, or Meta has not told the id that it needs. */
  | 'NONE'
  /** It is about to be made. */
  | 'PENDING'
  /** Meta has confirmed it. It is made again every day, in case Meta ended it. */
  | 'SUBSCRIBED';

export type AccountHistoryQueryVariables = Exact<{
  accountId: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type AccountHistoryQuery = { instagramAccount: { history: { edges: Array<{ cursor: string, node: { id: string, at: string, type: string, actor: string, detail: string | null } }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } } | null };

export type AuthUrlQueryVariables = Exact<{
  challenge?: string | null | undefined;
  forceReauth?: boolean | null | undefined;
}>;


export type AuthUrlQuery = { authUrl: string };

export type CompleteInstagramAuthMutationVariables = Exact<{
  code: string;
  state?: string | null | undefined;
  verifier?: string | null | undefined;
  professionalAccountId?: string | null | undefined;
}>;


export type CompleteInstagramAuthMutation = { completeInstagramAuth: { accountId: string, professionalAccountId: string | null, accountName: string, displayName: string | null, profilePictureUrl: string | null, missingScopes: Array<string>, tokenStatus: { state: TokenState, kind: TokenKind, expiresAt: string | null, expiresInSeconds: number | null, needsReauthorization: boolean, problem: { code: string, message: string, userAction: string | null } | null }, connection: { flow: LoginFlow, steps: Array<{ step: string, outcome: StepOutcome, durationMs: number, hint: string | null, detail: string | null, problem: { code: string, message: string, userAction: string | null, metaCode: number | null, metaSubcode: number | null, fbtraceId: string | null } | null }> } } };

export type ConnectionAttemptsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  outcome?: AttemptOutcome | null | undefined;
}>;


export type ConnectionAttemptsQuery = { connectionAttempts: { edges: Array<{ cursor: string, node: { id: string, at: string, flow: LoginFlow, outcome: AttemptOutcome, accountId: string | null, steps: Array<{ step: string, outcome: StepOutcome, durationMs: number, hint: string | null, detail: string | null, problem: { code: string, message: string, metaCode: number | null, metaSubcode: number | null, fbtraceId: string | null } | null }>, problem: { code: string, message: string, userAction: string | null, metaCode: number | null, metaSubcode: number | null, fbtraceId: string | null, at: string } | null } }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } };

export type CountInstagramAccountsQueryVariables = Exact<{
  filter?: InstagramAccountFilter | null | undefined;
}>;


export type CountInstagramAccountsQuery = { instagramAccounts: { totalCount: number } };

export type DeleteInstagramAccountMutationVariables = Exact<{
  accountId: string;
}>;


export type DeleteInstagramAccountMutation = { deleteInstagramAccount: string };

export type DisconnectInstagramAccountMutationVariables = Exact<{
  accountId: string;
}>;


export type DisconnectInstagramAccountMutation = { disconnectInstagramAccount: { accountId: string, tokenStatus: { state: TokenState, kind: TokenKind, expiresAt: string | null, needsReauthorization: boolean, lastRefreshedAt: string | null, nextRefreshAt: string | null, problem: { code: string, message: string, userAction: string | null, metaCode: number | null, metaSubcode: number | null, fbtraceId: string | null } | null } } };

export type InstagramAccessTokenQueryVariables = Exact<{
  accountId: string;
}>;


export type InstagramAccessTokenQuery = { instagramAccessToken: { accessToken: string, kind: TokenKind, expiresAt: string | null } };

export type InstagramAccountStatsQueryVariables = Exact<{
  days?: number;
}>;


export type InstagramAccountStatsQuery = { instagramAccountStats: { total: number, byState: Array<{ state: TokenState, count: number }>, byKind: Array<{ kind: TokenKind, count: number }>, expiryForecast: Array<{ date: string, count: number }> } };

export type InstagramAccountQueryVariables = Exact<{
  accountId: string;
}>;


export type InstagramAccountQuery = { instagramAccount: { accountId: string, professionalAccountId: string | null, accountName: string, displayName: string | null, profilePictureUrl: string | null, scopes: Array<string>, missingScopes: Array<string>, connectedAt: string, updatedAt: string, settings: { systemPrompt: string | null, toneOfVoice: string | null, keyInformation: string | null, version: number }, tokenStatus: { state: TokenState, kind: TokenKind, expiresAt: string | null, expiresInSeconds: number | null, needsReauthorization: boolean, lastRefreshedAt: string | null, nextRefreshAt: string | null, problem: { code: string, message: string, userAction: string | null, metaCode: number | null, metaSubcode: number | null, fbtraceId: string | null, at: string } | null }, webhookSubscription: { state: WebhookSubscriptionState, since: string | null, nextCheckAt: string | null, problem: { code: string, message: string, userAction: string | null, metaCode: number | null, metaSubcode: number | null, fbtraceId: string | null, at: string } | null }, connection: { flow: LoginFlow, steps: Array<{ step: string, outcome: StepOutcome, durationMs: number, hint: string | null, detail: string | null, problem: { code: string, message: string, metaCode: number | null, metaSubcode: number | null, fbtraceId: string | null } | null }> } } | null };

export type InstagramAccountsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  filter?: InstagramAccountFilter | null | undefined;
  orderBy?: InstagramAccountOrder;
}>;


export type InstagramAccountsQuery = { instagramAccounts: { edges: Array<{ cursor: string, node: { accountId: string, professionalAccountId: string | null, accountName: string, displayName: string | null, profilePictureUrl: string | null, connectedAt: string, settings: { systemPrompt: string | null, toneOfVoice: string | null, keyInformation: string | null, version: number }, tokenStatus: { state: TokenState, kind: TokenKind, expiresAt: string | null, expiresInSeconds: number | null, needsReauthorization: boolean } } }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } };

export type RefreshInstagramTokenMutationVariables = Exact<{
  accountId: string;
}>;


export type RefreshInstagramTokenMutation = { refreshInstagramToken: { accountId: string, tokenStatus: { state: TokenState, kind: TokenKind, expiresAt: string | null, needsReauthorization: boolean, lastRefreshedAt: string | null, nextRefreshAt: string | null, problem: { code: string, message: string, userAction: string | null, metaCode: number | null, metaSubcode: number | null, fbtraceId: string | null } | null } } };

export type RenewalStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type RenewalStatusQuery = { renewalStatus: { dueCount: number, oldestDueAt: string | null, breakers: Array<{ app: RenewalApp, state: RenewalBreakerState, openedAt: string | null, retryAt: string | null }>, limits: Array<{ scope: string, blocksAll: boolean, until: string, reason: string }> } };

export type UpdateInstagramAccountSettingsMutationVariables = Exact<{
  accountId: string;
  settings: InstagramAccountSettingsInput;
  expectedVersion?: number | null | undefined;
}>;


export type UpdateInstagramAccountSettingsMutation = { updateInstagramAccountSettings: { accountId: string, updatedAt: string, settings: { systemPrompt: string | null, toneOfVoice: string | null, keyInformation: string | null, version: number } } };

export type WebhookEventsQueryVariables = Exact<{
  accountId?: string | null | undefined;
  after?: string | null | undefined;
  first?: number | null | undefined;
}>;


export type WebhookEventsQuery = { webhookEvents: { edges: Array<{ cursor: string, node: { id: string, accountId: string | null, entryId: string, object: string, field: string, isEcho: boolean, occurredAt: string, receivedAt: string, payload: string } }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } };

export type WebhookStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type WebhookStatusQuery = { webhookStatus: { lastReceivedAt: string | null, stored: number, unknownAccounts: number, repeated: number, unreadable: number, lost: number, forwards: boolean, waiting: number, oldestWaitingAt: string | null } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const AccountHistoryDocument = new TypedDocumentString(`
    query AccountHistory($accountId: ID!, $first: Int, $after: String) {
  instagramAccount(accountId: $accountId) {
    history(first: $first, after: $after) {
      edges {
        cursor
        node {
          id
          at
          type
          actor
          detail
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AccountHistoryQuery, AccountHistoryQueryVariables>;
export const AuthUrlDocument = new TypedDocumentString(`
    query AuthUrl($challenge: String, $forceReauth: Boolean) {
  authUrl(challenge: $challenge, forceReauth: $forceReauth)
}
    `) as unknown as TypedDocumentString<AuthUrlQuery, AuthUrlQueryVariables>;
export const CompleteInstagramAuthDocument = new TypedDocumentString(`
    mutation CompleteInstagramAuth($code: String!, $state: String, $verifier: String, $professionalAccountId: ID) {
  completeInstagramAuth(
    code: $code
    state: $state
    verifier: $verifier
    professionalAccountId: $professionalAccountId
  ) {
    accountId
    professionalAccountId
    accountName
    displayName
    profilePictureUrl
    missingScopes
    tokenStatus {
      state
      kind
      expiresAt
      expiresInSeconds
      needsReauthorization
      problem {
        code
        message
        userAction
      }
    }
    connection {
      flow
      steps {
        step
        outcome
        durationMs
        hint
        detail
        problem {
          code
          message
          userAction
          metaCode
          metaSubcode
          fbtraceId
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CompleteInstagramAuthMutation, CompleteInstagramAuthMutationVariables>;
export const ConnectionAttemptsDocument = new TypedDocumentString(`
    query ConnectionAttempts($first: Int, $after: String, $outcome: AttemptOutcome) {
  connectionAttempts(first: $first, after: $after, outcome: $outcome) {
    edges {
      cursor
      node {
        id
        at
        flow
        outcome
        accountId
        steps {
          step
          outcome
          durationMs
          hint
          detail
          problem {
            code
            message
            metaCode
            metaSubcode
            fbtraceId
          }
        }
        problem {
          code
          message
          userAction
          metaCode
          metaSubcode
          fbtraceId
          at
        }
      }
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<ConnectionAttemptsQuery, ConnectionAttemptsQueryVariables>;
export const CountInstagramAccountsDocument = new TypedDocumentString(`
    query CountInstagramAccounts($filter: InstagramAccountFilter) {
  instagramAccounts(first: 1, filter: $filter) {
    totalCount
  }
}
    `) as unknown as TypedDocumentString<CountInstagramAccountsQuery, CountInstagramAccountsQueryVariables>;
export const DeleteInstagramAccountDocument = new TypedDocumentString(`
    mutation DeleteInstagramAccount($accountId: ID!) {
  deleteInstagramAccount(accountId: $accountId)
}
    `) as unknown as TypedDocumentString<DeleteInstagramAccountMutation, DeleteInstagramAccountMutationVariables>;
export const DisconnectInstagramAccountDocument = new TypedDocumentString(`
    mutation DisconnectInstagramAccount($accountId: ID!) {
  disconnectInstagramAccount(accountId: $accountId) {
    accountId
    tokenStatus {
      state
      kind
      expiresAt
      needsReauthorization
      lastRefreshedAt
      nextRefreshAt
      problem {
        code
        message
        userAction
        metaCode
        metaSubcode
        fbtraceId
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DisconnectInstagramAccountMutation, DisconnectInstagramAccountMutationVariables>;
export const InstagramAccessTokenDocument = new TypedDocumentString(`
    query InstagramAccessToken($accountId: ID!) {
  instagramAccessToken(accountId: $accountId) {
    accessToken
    kind
    expiresAt
  }
}
    `) as unknown as TypedDocumentString<InstagramAccessTokenQuery, InstagramAccessTokenQueryVariables>;
export const InstagramAccountStatsDocument = new TypedDocumentString(`
    query InstagramAccountStats($days: Int! = 60) {
  instagramAccountStats {
    total
    byState {
      state
      count
    }
    byKind {
      kind
      count
    }
    expiryForecast(days: $days) {
      date
      count
    }
  }
}
    `) as unknown as TypedDocumentString<InstagramAccountStatsQuery, InstagramAccountStatsQueryVariables>;
export const InstagramAccountDocument = new TypedDocumentString(`
    query InstagramAccount($accountId: ID!) {
  instagramAccount(accountId: $accountId) {
    accountId
    professionalAccountId
    accountName
    displayName
    profilePictureUrl
    scopes
    missingScopes
    connectedAt
    updatedAt
    settings {
      systemPrompt
      toneOfVoice
      keyInformation
      version
    }
    tokenStatus {
      state
      kind
      expiresAt
      expiresInSeconds
      needsReauthorization
      lastRefreshedAt
      nextRefreshAt
      problem {
        code
        message
        userAction
        metaCode
        metaSubcode
        fbtraceId
        at
      }
    }
    webhookSubscription {
      state
      since
      nextCheckAt
      problem {
        code
        message
        userAction
        metaCode
        metaSubcode
        fbtraceId
        at
      }
    }
    connection {
      flow
      steps {
        step
        outcome
        durationMs
        hint
        detail
        problem {
          code
          message
          metaCode
          metaSubcode
          fbtraceId
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<InstagramAccountQuery, InstagramAccountQueryVariables>;
export const InstagramAccountsDocument = new TypedDocumentString(`
    query InstagramAccounts($first: Int, $after: String, $last: Int, $before: String, $filter: InstagramAccountFilter, $orderBy: InstagramAccountOrder! = NEWEST_FIRST) {
  instagramAccounts(
    first: $first
    after: $after
    last: $last
    before: $before
    filter: $filter
    orderBy: $orderBy
  ) {
    edges {
      cursor
      node {
        accountId
        professionalAccountId
        accountName
        displayName
        profilePictureUrl
        connectedAt
        settings {
          systemPrompt
          toneOfVoice
          keyInformation
          version
        }
        tokenStatus {
          state
          kind
          expiresAt
          expiresInSeconds
          needsReauthorization
        }
      }
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<InstagramAccountsQuery, InstagramAccountsQueryVariables>;
export const RefreshInstagramTokenDocument = new TypedDocumentString(`
    mutation RefreshInstagramToken($accountId: ID!) {
  refreshInstagramToken(accountId: $accountId) {
    accountId
    tokenStatus {
      state
      kind
      expiresAt
      needsReauthorization
      lastRefreshedAt
      nextRefreshAt
      problem {
        code
        message
        userAction
        metaCode
        metaSubcode
        fbtraceId
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RefreshInstagramTokenMutation, RefreshInstagramTokenMutationVariables>;
export const RenewalStatusDocument = new TypedDocumentString(`
    query RenewalStatus {
  renewalStatus {
    breakers {
      app
      state
      openedAt
      retryAt
    }
    limits {
      scope
      blocksAll
      until
      reason
    }
    dueCount
    oldestDueAt
  }
}
    `) as unknown as TypedDocumentString<RenewalStatusQuery, RenewalStatusQueryVariables>;
export const UpdateInstagramAccountSettingsDocument = new TypedDocumentString(`
    mutation UpdateInstagramAccountSettings($accountId: ID!, $settings: InstagramAccountSettingsInput!, $expectedVersion: Int) {
  updateInstagramAccountSettings(
    accountId: $accountId
    settings: $settings
    expectedVersion: $expectedVersion
  ) {
    accountId
    settings {
      systemPrompt
      toneOfVoice
      keyInformation
      version
    }
    updatedAt
  }
}
    `) as unknown as TypedDocumentString<UpdateInstagramAccountSettingsMutation, UpdateInstagramAccountSettingsMutationVariables>;
export const WebhookEventsDocument = new TypedDocumentString(`
    query WebhookEvents($accountId: ID, $after: String, $first: Int) {
  webhookEvents(accountId: $accountId, after: $after, first: $first) {
    edges {
      cursor
      node {
        id
        accountId
        entryId
        object
        field
        isEcho
        occurredAt
        receivedAt
        payload
      }
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<WebhookEventsQuery, WebhookEventsQueryVariables>;
export const WebhookStatusDocument = new TypedDocumentString(`
    query WebhookStatus {
  webhookStatus {
    lastReceivedAt
    stored
    unknownAccounts
    repeated
    unreadable
    lost
    forwards
    waiting
    oldestWaitingAt
  }
}
    `) as unknown as TypedDocumentString<WebhookStatusQuery, WebhookStatusQueryVariables>;