import { sql } from 'kysely';
import { accountTables } from '../../src/accounts/account-table.js';
import { openDatabase } from '../../src/database/database.js';
import type { TestApp } from './test-app.js';

/**
 * Runs one statement on the app's database from outside, as an operator could, and gives its rows. On a
 * connection of the server's own SQLite library: another one in the same process would break the file's locks.
 */
export async function runSql(
  moca: Pick<TestApp, 'databasePath'>,
  statement: string,
): Promise<Array<Record<string, unknown>>> {
  await using database = await openDatabase(moca.databasePath);
  const { rows } = await sql.raw<Record<string, unknown>>(statement).execute(accountTables(database.em()));
  return rows;
}
