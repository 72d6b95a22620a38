import process from 'node:process';
import { ConfigError, EX_CONFIG } from '../config.js';
import { isDatabaseAway } from '../sql/database-away.js';
import { systemClock } from '../time.js';
import { readCopyArguments } from './copy/copy-arguments.js';
import { copyDatabase } from './copy/copy-database.js';
import { CopyError } from './copy/copy-error.js';

// Copies everything from one database to another; README, "Moving from SQLite to PostgreSQL".
try {
  const ends = readCopyArguments(process.argv.slice(2), process.env);
  await copyDatabase({ ...ends, clock: systemClock, report: (line) => console.log(line) });
} catch (error) {
  if (error instanceof ConfigError) {
    console.error(error.problems.join('\n'));
    process.exitCode = EX_CONFIG;
  } else if (error instanceof CopyError || isDatabaseAway(error)) {
    const isAway = !(error instanceof CopyError);
    console.error(isAway ? 'A database is away. Run the same command again: it goes on.' : error.message);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
