import type { MikroORM } from '@mikro-orm/sql';
import { ConfigError } from '../config.js';
import type { DatabaseLocation } from '../database-url.js';
import { databaseName } from './database-name.js';

/** What the codes say that whoever sets a server up is likely to meet. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'nobody may write there',
  EEXIST: 'what should be its folder is a file',
  ENOTDIR: 'what should be its folder is a file',
  EISDIR: 'it is a folder',
  SQLITE_NOTADB: 'it is no SQLite database',
  '3D000': 'there is no such database',
  '28P01': 'the user or the password is wrong',
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
};

/**
 * Connects once, so that a database that cannot be had is told at the start, by the name of its variable.
 *
 * @throws ConfigError
 */
export async function requireConnection(orm: MikroORM, location: DatabaseLocation): Promise<void> {
  const error = await connectionError(orm);
  if (error === null) return;
  await orm.close(true);
  throw unusable(error, location);
}

async function connectionError(orm: MikroORM): Promise<unknown> {
  try {
    await orm.connect();
  } catch (error) {
    return error;
  }
  const check = await orm.checkConnection();
  return check.ok ? null : check.error;
}

/** A code where there is one, and what we know of it; a database's own words name users. */
export function unusable(error: unknown, location: DatabaseLocation): ConfigError {
  const known = error instanceof Error ? error : null;
  const code = known !== null && 'code' in known && typeof known.code === 'string' ? known.code : null;
  const reason = code === null ? undefined : REASONS[code];
  return new ConfigError([
    `DATABASE_URL: ${databaseName(location)} cannot be connected to${reason === undefined ? '' : `: ${reason}`} ` +
      `(${code ?? known?.message ?? 'for no known reason'})`,
  ]);
}
