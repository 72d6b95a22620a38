import type { EntityManager } from '@mikro-orm/core';
import type { Generated, Kysely, SqlBool } from 'kysely';
import type { LoginFlow } from '../login-flow.js';
import type { TokenKind } from '../tokens/token-kind.js';
import type { TokenEnd } from '../tokens/token-state.js';
import { kyselyOf } from '../sql/kysely-of.js';

/**
 * The columns as both databases give them, for reads that go around the entity (times are milliseconds since
 * 1970; `storedTime` makes parameters of them). The token's column is not among them: no list can select it.
 */
export interface AccountColumns {
  account_id: string;
  professional_account_id: string | null;
  page_id: string | null;
  consented_at: number | null;
  account_name: string;
  display_name: string;
  profile_picture_url: string | null;
  flow: LoginFlow;
  token_kind: TokenKind;
  token_expiry: number | null;
  expiry_order: number;
  token_end: TokenEnd | null;
  /** JSON. */
  token_problem: string | null;
  last_refreshed_at: number | null;
  next_refresh_at: number | null;
  state_check_at: number | null;
  last_tried_at: number | null;
  last_try_failed: SqlBool;
  fence: string | null;
  lease_until: number | null;
  subscribed_at: number | null;
  subscription_check_at: number | null;
  /** JSON. */
  subscription_problem: string | null;
  /** JSON. */
  scopes: string;
  /** JSON. */
  missing_scopes: string;
  /** JSON. */
  connection_steps: string;
  system_prompt: string | null;
  tone_of_voice: string | null;
  key_information: string | null;
  settings_version: number;
  connected_at: number;
  updated_at: number;
}

/** The columns that the report of a connection is made of. */
export type ReportRow = Pick<AccountColumns, 'flow' | 'connection_steps'>;

interface EventColumns {
  id: Generated<number>;
  account_id: string | null;
  at: number;
  type: string;
  actor: string;
  detail: string | null;
  once_key: string | null;
}

export interface AccountTables {
  instagram_account: AccountColumns;
  account_event: EventColumns;
}

/** The tables of accounts, for what goes around their entities. */
export function accountTables(em: EntityManager): Kysely<AccountTables> {
  return kyselyOf(em);
}
