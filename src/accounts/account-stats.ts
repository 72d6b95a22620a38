import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { DAY, plus } from '../time.js';
import { tokenKinds, type TokenKind } from '../tokens/token-kind.js';
import { EXPIRING_SOON_MS, tokenStates, type TokenState } from '../tokens/token-state.js';
import { countRanges, kindRanges } from './account-ranges.js';
import { accountTables } from './account-table.js';

/** How many days the forecast is of. */
export const FORECAST_DAYS = 366;

/**
 * How many accounts are in each state; every state is listed. Counted by ranges of an index, and what is left of
 * all is active: the many that need nothing are not looked at one by one.
 */
export async function countByState(
  em: EntityManager,
  now: Date,
): Promise<Array<{ state: TokenState; count: number }>> {
  const time = now.getTime();
  const soon = plus(now, EXPIRING_SOON_MS).getTime();
  const tables = accountTables(em);
  const count = tables.selectFrom('instagram_account').select((eb) => eb.fn.countAll<number>().as('count'));
  const living = count.where('token_end', 'is', null);
  const counts = await tables
    .selectNoFrom([
      count.as('all'),
      count.where('token_end', '=', 'DISCONNECTED').as('disconnected'),
      count.where('token_end', '=', 'REVOKED').as('revoked'),
      count.where('token_end', '=', 'EXPIRED').as('ended'),
      // By kind, so that each count is one range of (token_end, token_kind, expiry_order).
      living.where('token_kind', 'in', tokenKinds).where('expiry_order', '<=', time).as('overdue'),
      living.where('token_kind', '=', 'SHORT_LIVED').where('expiry_order', '>', time).as('short'),
      living
        .where('token_kind', 'in', ['PAGE', 'LONG_LIVED'])
        .where('expiry_order', '>', time)
        .where('expiry_order', '<', soon)
        .as('soon'),
    ])
    .executeTakeFirstOrThrow();
  const inactive = {
    EXPIRING_SOON: Number(counts.short) + Number(counts.soon),
    EXPIRED: Number(counts.ended) + Number(counts.overdue),
    REVOKED: Number(counts.revoked),
    DISCONNECTED: Number(counts.disconnected),
  };
  const others = Object.values(inactive).reduce((sum, one) => sum + one, 0);
  const byState = { ACTIVE: Number(counts.all) - others, ...inactive };
  return tokenStates.map((state) => ({ state, count: byState[state] }));
}

/** How many accounts have a token of each kind; every kind is listed. The first kind has what the others leave. */
export async function countByKind(em: EntityManager): Promise<Array<{ kind: TokenKind; count: number }>> {
  const [first, ...others] = tokenKinds;
  const [all = 0, ...counts] = await countRanges(em, ['all', ...others.map(kindRanges)]);
  const rest = counts.reduce((sum, count) => sum - count, all);
  return [
    { kind: first, count: rest },
    ...others.map((kind, index) => ({ kind, count: counts[index] ?? 0 })),
  ];
}

/** How many tokens that are still valid expire on each of the next days (UTC), today first; every day is listed. */
export async function forecastExpiry(
  em: EntityManager,
  now: Date,
): Promise<Array<{ date: string; count: number }>> {
  const today = Math.floor(now.getTime() / DAY);
  const firstMs = (index: number): number => Math.max((today + index) * DAY, now.getTime() + 1);
  const numbered = Array.from(
    { length: FORECAST_DAYS },
    (_, index) => sql`(${sql.lit(index)}, ${sql.lit(firstMs(index))}, ${sql.lit((today + index + 1) * DAY)})`,
  );
  // Each day is a range of an index for each kind: nothing is sorted or grouped.
  const ofTheDay = accountTables(em)
    .selectFrom('instagram_account')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('token_end', 'is', null)
    .where('token_kind', 'in', tokenKinds)
    .where('expiry_order', '>=', sql.ref<number>('first_ms'))
    .where('expiry_order', '<', sql.ref<number>('next_ms'));
  const { rows } = await sql<{ number: number; count: number }>`
    with days (number, first_ms, next_ms) as (values ${sql.join(numbered)})
    select number, (${ofTheDay}) as count from days`.execute(accountTables(em));
  const counts = new Map(rows.map(({ number, count }) => [number, Number(count)]));
  return Array.from({ length: FORECAST_DAYS }, (_, index) => ({
    date: plus(new Date(today * DAY), index * DAY)
      .toISOString()
      .slice(0, 10),
    count: counts.get(index) ?? 0,
  }));
}
