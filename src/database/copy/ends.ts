import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '../../config.js';
import type { DatabaseLocation } from '../../database-url.js';
import type { Clock } from '../../time.js';
import { databaseName } from '../database-name.js';
import { openDatabase, type Database } from '../database.js';
import { CopyError } from './copy-error.js';
import { hasOthers } from './others.js';

/** Where it is copied from, or to. */
export interface End {
  /** How the operator said it. */
  readonly option: '--from' | '--to';
  readonly location: DatabaseLocation;
}

/** What a database is called in messages: without user, password and parameters. */
export function nameOf({ location }: End): string {
  if (location.kind === 'sqlite') {
    const path = resolve(location.path);
    return `sqlite:${existsSync(path) ? realpathSync(path) : path}`;
  }
  return databaseName(location);
}

/**
 * Opens a database for itself alone: no server may be at work on it.
 *
 * @throws CopyError
 */
export async function openEnd({ option, location }: End, clock: Clock): Promise<Database> {
  try {
    const database = await openDatabase(location, { poolSize: 1, exclusive: true });
    if (!(await hasOthers(database.em(), clock))) return database;
    await database[Symbol.asyncDispose]();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problem = error.problems.join('; ').replace('DATABASE_URL', option);
    if (!problem.includes('SQLITE_BUSY')) throw new CopyError(problem);
  }
  throw new CopyError(`${option}: a server or a command is at work on it; stop it first`);
}

/**
 * Opening an SQLite file that is not there would make it, and copy nothing.
 *
 * @throws CopyError
 */
export function requireFile({ option, location }: End): void {
  if (location.kind !== 'sqlite' || existsSync(location.path)) return;
  throw new CopyError(`${option}: there is no such file`);
}
