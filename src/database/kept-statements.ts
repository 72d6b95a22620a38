import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { LruMap } from 'toad-cache';

/** How many statements are kept; the one that was used least recently goes for a new one. */
const KEPT = 200;

/** What each transaction says, though it has no parameters. */
const BRACKETS: ReadonlySet<string> = new Set(['begin immediate', 'commit', 'rollback']);

/** An SQLite database that prepares each of its statements once, not for every use. */
export function keepingStatements(database: SqliteDatabase): SqliteDatabase {
  const kept = new LruMap<SqliteStatement>(KEPT);
  return {
    close: () => database.close(),
    prepare: (sql) => {
      // Only these come again as they are: MikroORM writes values into its statements.
      if (!sql.includes('?') && !BRACKETS.has(sql)) return database.prepare(sql);
      let statement = kept.get(sql);
      if (statement === undefined) {
        statement = database.prepare(sql);
        kept.set(sql, statement);
      }
      return statement;
    },
  };
}
