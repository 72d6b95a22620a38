import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** How many statements are kept; the one that was used least recently goes for a new one. */
const KEPT = 200;

/** An SQLite database that prepares each of its statements once, not for every use. */
export function keepingStatements(database: SqliteDatabase): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare: (sql) => {
      // Only what has parameters comes again as it is: MikroORM writes values into its statements.
      if (!sql.includes('?')) return database.prepare(sql);
      const statement = kept.get(sql) ?? database.prepare(sql);
      kept.delete(sql);
      kept.set(sql, statement);
      const [oldest] = kept.size > KEPT ? kept.keys() : [];
      if (oldest !== undefined) kept.delete(oldest);
      return statement;
    },
  };
}
