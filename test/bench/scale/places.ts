import { sql, type Kysely } from 'kysely';
import type { Place, QuestionOptions } from './questions.ts';

/** Where in each order nine tenths of the list are before. */
export async function deepPlaces(
  database: Kysely<unknown>,
  accounts: number,
): Promise<QuestionOptions['places']> {
  const at = async (order: string): Promise<Place> => {
    const { rows } = await sql
      .raw<Place>(
        `select connected_at, account_name, expiry_order, account_id from instagram_account
         order by ${order} limit 1 offset ${Math.floor(accounts * 0.9)}`,
      )
      .execute(database);
    const [place] = rows;
    if (place === undefined) throw new Error('There are no accounts.');
    return place;
  };
  return {
    NEWEST_FIRST: await at('connected_at desc, account_id desc'),
    OLDEST_FIRST: await at('connected_at, account_id'),
    NAME_ASC: await at('account_name, account_id'),
    EXPIRY_ASC: await at('expiry_order, account_id'),
  };
}
