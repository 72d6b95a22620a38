import Database from 'better-sqlite3';
import { isBusy } from './sqlite-sharing.js';

/** Of the file's pages so many KiB are kept in memory: some ten thousand accounts. */
const CACHE_KIB = 32_768;

/** How many statements are kept; there are few that are read here. */
const KEPT = 200;

/**
 * Reads an SQLite file on a connection of its own, which cannot write: at once, while the connection that all share may
 * be in a transaction. It sees what is committed.
 */
export class SqliteReader {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(path: string) {
    // What cannot be read at once is read in another way. SQLite does not look into the file yet: somebody may want it
    // for themselves.
    this.#database = new Database(path, { readonly: true, timeout: 0 });
  }

  /** Null when another process stands in the way. */
  all(sql: string, parameters: readonly unknown[]): unknown[] | null {
    try {
      return this.#statement(sql).all(...parameters);
    } catch (error) {
      if (isBusy(error)) return null;
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size === 0) this.#database.pragma(`cache_size = -${CACHE_KIB}`);
      statement = this.#database.prepare(sql);
      const [oldest] = this.#statements.size < KEPT ? [] : this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
