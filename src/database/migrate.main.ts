import process from 'node:process';
import { ConfigError, readDatabaseLocation } from '../config.js';
import { openDatabase } from './database.js';

/** sysexits.h: something is wrong with the configuration. */
const EX_CONFIG = 78;

try {
  await using database = await openDatabase(readDatabaseLocation(process.env));
  const applied = await database.migrate();
  console.log(applied === 0 ? 'The database is up to date.' : `${applied} migrations applied.`);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = EX_CONFIG;
}
