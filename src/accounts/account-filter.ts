import type { EntityManager } from '@mikro-orm/core';
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import { plus } from '../time.js';
import {
  EXPIRING_SOON_MS,
  needsReauthorization,
  tokenStates,
  type TokenState,
} from '../tokens/token-state.js';
import type { InstagramAccountFilter } from './account-filter.input.js';
import { nameContains, nameText } from './account-names.js';
import type { AccountTables } from './account-table.js';

export type AccountBuilder = ExpressionBuilder<AccountTables, 'instagram_account'>;

/**
 * The condition that a filter stands for, at `now`; null for no condition.
 *
 * @throws AppError BAD_USER_INPUT
 */
export function accountFilter(
  em: EntityManager,
  eb: AccountBuilder,
  filter: InstagramAccountFilter | null,
  now: Date,
): Expression<SqlBool> | null {
  const conditions = [...nameFilter(em, filter), ...stateFilter(eb, filter, now)];
  return conditions.length === 0 ? null : eb.and(conditions);
}

/**
 * The part of it that is about the name: one condition, or none.
 *
 * @throws AppError BAD_USER_INPUT
 */
export function nameFilter(
  em: EntityManager,
  filter: InstagramAccountFilter | null,
): Array<Expression<SqlBool>> {
  const text = nameText(filter);
  return text === null ? [] : [nameContains(em, text)];
}

/** The part of it that is about the token. */
export function stateFilter(
  eb: AccountBuilder,
  filter: InstagramAccountFilter | null,
  now: Date,
): Array<Expression<SqlBool>> {
  const { state, kind, expiresBefore, needsReauthorization: dead } = filter ?? {};
  const conditions: Array<Expression<SqlBool>> = [];
  // Each once: SQLite takes no more than 1,000 conditions in a row.
  if (state != null) conditions.push(eb.or([...new Set(state)].map((one) => inState(eb, one, now))));
  if (kind != null) conditions.push(eb.or([...new Set(kind)].map((one) => eb('token_kind', '=', one))));
  if (expiresBefore != null) conditions.push(eb('expiry_order', '<', expiresBefore.getTime()));
  if (dead != null) {
    const states = tokenStates.filter((one) => needsReauthorization(one) === dead);
    conditions.push(eb.or(states.map((one) => inState(eb, one, now))));
  }
  return conditions;
}

/** `tokenStateAt` in SQL. `expiry_order` is never null, so no comparison here is unknown. */
function inState(eb: AccountBuilder, state: TokenState, now: Date): Expression<SqlBool> {
  const lives = eb('token_end', 'is', null);
  const expired = eb('expiry_order', '<=', now.getTime());
  const soon = plus(now, EXPIRING_SOON_MS).getTime();
  switch (state) {
    case 'DISCONNECTED':
    case 'REVOKED':
      return eb('token_end', '=', state);
    case 'EXPIRED':
      return eb.or([eb('token_end', '=', 'EXPIRED'), eb.and([lives, expired])]);
    case 'EXPIRING_SOON':
      return eb.and([
        lives,
        eb.not(expired),
        eb.or([eb('token_kind', '=', 'SHORT_LIVED'), eb('expiry_order', '<', soon)]),
      ]);
    case 'ACTIVE':
      return eb.and([lives, eb('token_kind', '!=', 'SHORT_LIVED'), eb('expiry_order', '>=', soon)]);
  }
}
