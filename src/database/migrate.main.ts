import process from 'node:process';
import { ConfigError, EX_CONFIG, readDatabaseLocation } from '../config.js';
import { openDatabase } from './database.js';

try {
  await using database = await openDatabase(readDatabaseLocation(process.env));
  const applied = await database.migrate();
  console.log(applied === 0 ? 'The database is up to date.' : `${applied} migrations applied.`);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = EX_CONFIG;
}
