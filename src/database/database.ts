import type { DatabaseLocation } from '../database-url.js';
import type { Database } from './database-handle.js';

export type { Database };

export interface DatabaseOptions {
  /** How many connections this process opens at most, where a database takes several. */
  readonly poolSize: number;
  /** Whether no other process may have an SQLite file open meanwhile. It fails when one has (SQLITE_BUSY). */
  readonly exclusive?: boolean;
}

/**
 * Opens the database. Only the driver of its kind is loaded.
 *
 * @throws ConfigError when there is no connecting to it
 */
export async function openDatabase(
  location: DatabaseLocation,
  { poolSize, exclusive = false }: DatabaseOptions = { poolSize: 10 },
): Promise<Database> {
  if (location.kind === 'sqlite') {
    const { openSqlite } = await import('./sqlite-database.js');
    return openSqlite(location.path, exclusive);
  }
  const { openPostgresql } = await import('./postgresql-database.js');
  return openPostgresql(location.url, poolSize);
}
