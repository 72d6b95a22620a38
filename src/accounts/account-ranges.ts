import type { EntityManager } from '@mikro-orm/core';
import { sql, type Expression, type SelectQueryBuilder, type SqlBool } from 'kysely';
import { plus } from '../time.js';
import { tokenKinds, type TokenKind } from '../tokens/token-kind.js';
import {
  EXPIRING_SOON_MS,
  needsReauthorization,
  tokenEnds,
  tokenStates,
  type TokenEnd,
  type TokenState,
} from '../tokens/token-state.js';
import type { InstagramAccountFilter } from './account-filter.input.js';
import { accountTables, type AccountTables } from './account-table.js';

/** Accounts that stand side by side in the index `instagram_account_states`, in the order of their expiry. */
export interface AccountRange {
  readonly end: TokenEnd | null;
  readonly kind: TokenKind;
  /** The least `expiry_order`. */
  readonly from: number;
  /** The least `expiry_order` that is too late. */
  readonly before: number;
}

/** Both beyond what a date can be. */
const ANY = { from: Number.MIN_SAFE_INTEGER, before: Number.MAX_SAFE_INTEGER };

/**
 * What a filter says of states, kinds and expiry, at `now`, as ranges that have no account in common; null when it
 * says nothing of them.
 */
export function filteredRanges(filter: InstagramAccountFilter | null, now: Date): AccountRange[] | null {
  const { state, kind, expiresBefore, needsReauthorization: dead } = filter ?? {};
  if (state == null && kind == null && expiresBefore == null && dead == null) return null;
  const states = tokenStates.filter(
    (one) => (state?.includes(one) ?? true) && (dead == null || needsReauthorization(one) === dead),
  );
  const limit = expiresBefore?.getTime() ?? ANY.before;
  return tokenKinds
    .filter((one) => kind?.includes(one) ?? true)
    .flatMap((one) => rangesOf(one, states, now))
    .map((range) => ({ ...range, before: Math.min(range.before, limit) }))
    .filter(({ from, before }) => from < before);
}

/** All accounts of one kind. */
export function kindRanges(kind: TokenKind): AccountRange[] {
  return [null, ...tokenEnds].map((end) => ({ end, kind, ...ANY }));
}

/** The accounts of one kind that are in one of the states. */
function rangesOf(kind: TokenKind, states: readonly TokenState[], now: Date): AccountRange[] {
  if (states.length === tokenStates.length) return kindRanges(kind);
  const living = { end: null, kind };
  return states.flatMap((state): AccountRange[] => {
    switch (state) {
      case 'DISCONNECTED':
      case 'REVOKED':
        return [{ end: state, kind, ...ANY }];
      case 'EXPIRED':
        return [
          { end: state, kind, ...ANY },
          { ...living, ...ANY, before: now.getTime() + 1 },
        ];
      case 'EXPIRING_SOON':
        return [{ ...living, from: now.getTime() + 1, before: soonUntil(kind, now) }];
      case 'ACTIVE':
        return [{ ...living, ...ANY, from: soonUntil(kind, now) }];
    }
  });
}

/** Up to when a token of this kind expires soon. */
function soonUntil(kind: TokenKind, now: Date): number {
  return kind === 'SHORT_LIVED' ? ANY.before : plus(now, EXPIRING_SOON_MS).getTime();
}

export type AccountQuery<Columns = object> = SelectQueryBuilder<AccountTables, 'instagram_account', Columns>;

/** The accounts of one range. */
export function inRange(em: EntityManager, { end, kind, from, before }: AccountRange): AccountQuery {
  return accountTables(em)
    .selectFrom('instagram_account')
    .where('token_end', end === null ? 'is' : '=', end)
    .where('token_kind', '=', kind)
    .where('expiry_order', '>=', from)
    .where('expiry_order', '<', before);
}

/**
 * How many accounts are in each group of ranges, at one moment; of them those with conditions that the index of
 * states answers. The accounts themselves are not looked at.
 */
export async function countRanges(
  em: EntityManager,
  groups: ReadonlyArray<readonly AccountRange[] | 'all'>,
  conditions: ReadonlyArray<Expression<SqlBool>> = [],
): Promise<number[]> {
  const count = (accounts: AccountQuery) => sql`(${accounts.select(({ fn }) => fn.countAll().as('count'))})`;
  const sums = groups.map((ranges, index) => {
    const counts =
      ranges === 'all'
        ? [count(accountTables(em).selectFrom('instagram_account'))]
        : ranges.map((range) => count(inRange(em, range).where((eb) => eb.and(conditions))));
    return sql`${sql.join([sql`0`, ...counts], sql` + `)} as ${sql.ref(String(index))}`;
  });
  const { rows } = await sql<Record<string, number>>`select ${sql.join(sums)}`.execute(accountTables(em));
  return groups.map((_, index) => Number(rows[0]?.[index]));
}
