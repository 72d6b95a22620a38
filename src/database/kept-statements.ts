import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** How many statements are kept; the one that was used least recently goes for a new one. */
const KEPT = 200;

/** What each transaction says, though it has no parameters. */
const BRACKETS: ReadonlySet<string> = new Set(['begin immediate', 'commit', 'rollback']);

/** An SQLite database that prepares each of its statements once, not for every use. */
export function keepingStatements(database: SqliteDatabase): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare: (sql) => {
      // Only these come again as they are: MikroORM writes values into its statements.
      if (!sql.includes('?') && !BRACKETS.has(sql)) return database.prepare(sql);
      const statement = kept.get(sql) ?? database.prepare(sql);
      kept.delete(sql);
      kept.set(sql, statement);
      const [oldest] = kept.size > KEPT ? kept.keys() : [];
      if (oldest !== undefined) kept.delete(oldest);
      return statement;
    },
  };
}
