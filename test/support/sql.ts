import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { accountTables } from '../../src/accounts/account-table.js';
import { databaseFile, openAt, testsPostgresql } from './databases.js';

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

/**
 * Everything that can be read of an app's database: all bytes in the folder of an SQLite file, its log and its
 * index included; all rows of PostgreSQL, whose files are the server's own.
 */
export async function everythingStored(moca: { readonly databaseUrl: string }): Promise<string> {
  if (!testsPostgresql) {
    const folder = dirname(databaseFile(moca));
    return readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
  }
  const tables = await runSql(
    moca,
    "select table_name from information_schema.tables where table_schema = 'public'",
  );
  const rows = await Promise.all(
    tables.map(({ table_name }) =>
      runSql(moca, `select cast(t as text) as row from ${String(table_name)} t`),
    ),
  );
  return rows
    .flat()
    .map(({ row }) => String(row))
    .join('\n');
}

/** A time, for a statement. */
export function sqlTime(time: Date): string {
  return testsPostgresql ? `timestamptz '${time.toISOString()}'` : String(time.getTime());
}

/** A column's time moved by `ms` milliseconds, for a statement. */
export function sqlMoved(column: string, ms: number): string {
  return testsPostgresql ? `${column} + ${ms} * interval '1 millisecond'` : `${column} + ${ms}`;
}
