import Database from 'better-sqlite3';
import type { SqliteDatabase } from 'kysely';
import { keepingStatements } from './kept-statements.js';
import { isBusy } from './sqlite-sharing.js';

/** Of the file's pages so many KiB are kept in memory: some ten thousand accounts. */
const CACHE_KIB = 32_768;

/**
 * Reads an SQLite file on a connection of its own, which cannot write: at once, while the connection that all share may
 * be in a transaction. It sees what is committed.
 */
export class SqliteReader {
  readonly #file: Database.Database;
  /** Null before the first read. */
  #database: SqliteDatabase | null = null;

  constructor(path: string) {
    // What cannot be read at once is read in another way. SQLite does not look into the file yet: somebody may want it
    // for themselves.
    this.#file = new Database(path, { readonly: true, timeout: 0 });
  }

  /** Null when another process stands in the way. */
  all(sql: string, parameters: readonly unknown[]): unknown[] | null {
    try {
      this.#database ??= this.#prepare();
      return this.#database.prepare(sql).all(parameters);
    } catch (error) {
      if (isBusy(error)) return null;
      throw error;
    }
  }

  close(): void {
    this.#file.close();
  }

  #prepare(): SqliteDatabase {
    this.#file.pragma(`cache_size = -${CACHE_KIB}`);
    return keepingStatements(this.#file);
  }
}
