import type { EntityManager } from '@mikro-orm/core';
import { compileNamed } from '../sql/compile-named.js';
import { storedTime } from '../sql/stored-time.js';
import type { AccountColumns } from './account-table.js';
import type { InstagramAccount } from './instagram-account.entity.js';
import type { tokenColumns } from './token-columns.js';

/** Of an account that is new: all else is empty, or as the table has it by itself. */
type NewAccount = Omit<ReturnType<typeof tokenColumns>, 'tokenEnd' | 'lastRefreshedAt'> &
  Pick<InstagramAccount, 'accountId' | 'consentedAt' | 'subscriptionCheckAt'> & {
    readonly professionalAccountId: string | null;
    readonly appScopedId: string | null;
    readonly grantorId: string | null;
  };

type NewRow = Pick<
  AccountColumns,
  | 'account_id'
  | 'professional_account_id'
  | 'page_id'
  | 'account_name'
  | 'display_name'
  | 'profile_picture_url'
  | 'flow'
  | 'token_kind'
  | 'token_expiry'
  | 'expiry_order'
  | 'token_problem'
  | 'next_refresh_at'
  | 'state_check_at'
  | 'subscription_check_at'
  | 'scopes'
  | 'missing_scopes'
  | 'connection_steps'
  | 'connected_at'
> & {
  readonly app_scoped_id: string | null;
  readonly grantor_id: string | null;
  readonly consented_at: number | null;
  readonly access_token: string;
  readonly token_issued_at: number;
};

/** Writes a new account down, at once and without an entity, as part of the caller's transaction. */
export async function insertAccount(em: EntityManager, account: NewAccount, now: Date): Promise<void> {
  const time = (at: Date): number => storedTime(em, at);
  const orNull = (at: Date | null | undefined): number | null => (at == null ? null : time(at));
  await insert(em, {
    account_id: account.accountId,
    professional_account_id: account.professionalAccountId,
    app_scoped_id: account.appScopedId,
    grantor_id: account.grantorId,
    consented_at: orNull(account.consentedAt),
    account_name: account.accountName,
    display_name: account.displayName,
    profile_picture_url: account.profilePictureUrl,
    page_id: account.pageId,
    flow: account.flow,
    token_kind: account.tokenKind,
    access_token: account.accessToken,
    token_issued_at: time(account.tokenIssuedAt),
    token_expiry: orNull(account.tokenExpiry),
    expiry_order: account.expiryOrder,
    token_problem: account.tokenProblem === null ? null : JSON.stringify(account.tokenProblem),
    next_refresh_at: orNull(account.nextRefreshAt),
    state_check_at: orNull(account.stateCheckAt),
    subscription_check_at: orNull(account.subscriptionCheckAt),
    scopes: JSON.stringify(account.scopes),
    missing_scopes: JSON.stringify(account.missingScopes),
    connection_steps: JSON.stringify(account.connectionSteps),
    connected_at: time(now),
  });
}

interface NewAccountTables {
  instagram_account: NewRow &
    Pick<AccountColumns, 'settings_version' | 'updated_at'> & { token_version: number };
}

const insert = compileNamed<NewAccountTables, unknown, NewRow>((tables, value) =>
  tables.insertInto('instagram_account').values({
    account_id: value('account_id'),
    professional_account_id: value('professional_account_id'),
    app_scoped_id: value('app_scoped_id'),
    grantor_id: value('grantor_id'),
    consented_at: value('consented_at'),
    account_name: value('account_name'),
    display_name: value('display_name'),
    profile_picture_url: value('profile_picture_url'),
    page_id: value('page_id'),
    flow: value('flow'),
    token_kind: value('token_kind'),
    access_token: value('access_token'),
    token_issued_at: value('token_issued_at'),
    token_expiry: value('token_expiry'),
    expiry_order: value('expiry_order'),
    token_version: 1,
    token_problem: value('token_problem'),
    next_refresh_at: value('next_refresh_at'),
    state_check_at: value('state_check_at'),
    subscription_check_at: value('subscription_check_at'),
    scopes: value('scopes'),
    missing_scopes: value('missing_scopes'),
    connection_steps: value('connection_steps'),
    settings_version: 1,
    connected_at: value('connected_at'),
    updated_at: value('connected_at'),
  }),
);
