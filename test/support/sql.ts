import { sql } from 'kysely';
import { accountTables } from '../../src/accounts/account-table.js';
import { openAt, testsPostgresql } from './databases.js';

/**
 * Runs one statement on the app's database from outside, as an operator could, and gives its rows, in words that
 * both databases understand. On a connection of the server's own library: another one in the same process would
 * break the locks of an SQLite file.
 */
export async function runSql(
  { databaseUrl }: { readonly databaseUrl: string },
  statement: string,
): Promise<Array<Record<string, unknown>>> {
  await using database = await openAt(databaseUrl);
  const { rows } = await sql.raw<Record<string, unknown>>(statement).execute(accountTables(database.em()));
  return rows;
}

/** A time, for a statement. */
export function sqlTime(time: Date): string {
  return testsPostgresql ? `timestamptz '${time.toISOString()}'` : String(time.getTime());
}

/** A column's time moved by `ms` milliseconds, for a statement. */
export function sqlMoved(column: string, ms: number): string {
  return testsPostgresql ? `${column} + ${ms} * interval '1 millisecond'` : `${column} + ${ms}`;
}
