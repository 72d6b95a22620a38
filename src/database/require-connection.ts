import type { MikroORM } from '@mikro-orm/sql';
import { ConfigError } from '../config.js';

/**
 * Connects once, so that a database that cannot be had is told at the start, by the name of its variable.
 *
 * @throws ConfigError
 */
export async function requireConnection(orm: MikroORM): Promise<void> {
  const error = await connectionError(orm);
  if (error === null) return;
  await orm.close(true);
  throw unusable(error);
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

/** A code where there is one; a database's own words name users, files and databases. */
export function unusable(error: unknown): ConfigError {
  const known = error instanceof Error ? error : null;
  const reason =
    known !== null && 'code' in known && typeof known.code === 'string' ? known.code : known?.message;
  return new ConfigError([`DATABASE_URL: cannot be connected to (${reason ?? 'for no known reason'})`]);
}
