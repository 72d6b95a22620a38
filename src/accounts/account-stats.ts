import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { DAY, plus } from '../time.js';
import { tokenKinds, type TokenKind } from '../tokens/token-kind.js';
import { tokenStates, type TokenState } from '../tokens/token-state.js';
import { countRanges, filteredRanges, kindRanges } from './account-ranges.js';
import { accountTables } from './account-table.js';

/** How many days the forecast is of. */
export const FORECAST_DAYS = 366;

/** How many accounts are in each state; every state is listed. The first state has what the others leave. */
export async function countByState(
  em: EntityManager,
  now: Date,
): Promise<Array<{ state: TokenState; count: number }>> {
  const [first, ...others] = tokenStates;
  const groups = others.map((state) => filteredRanges({ state: [state] }, now) ?? []);
  const [all = 0, ...counts] = await countRanges(em, ['all', ...groups]);
  return [
    { state: first, count: counts.reduce((rest, count) => rest - count, all) },
    ...others.map((state, index) => ({ state, count: counts[index] ?? 0 })),
  ];
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
