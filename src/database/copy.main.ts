import process from 'node:process';
import { parseArgs } from 'node:util';
import { ConfigError, readDatabaseLocation } from '../config.js';
import { databaseUrl, type DatabaseLocation } from '../database-url.js';
import { isDatabaseAway } from '../sql/database-away.js';
import { systemClock } from '../time.js';
import { CopyError } from './copy/copy-error.js';
import { copyDatabase } from './copy/copy-database.js';

/** sysexits.h: something is wrong with how it was called. */
const EX_CONFIG = 78;

const USAGE = `npm run db:copy -- --from <database> --to <database>
A database is sqlite:<path of a file> or postgresql://…; one that is left out is that of DATABASE_URL.`;

/** The locations; a string is what is wrong with them. No message repeats an argument: it may hold a password. */
function readArguments(): { from: DatabaseLocation; to: DatabaseLocation } | string {
  const { from, to } = parseOptions();
  if (from === undefined && to === undefined) return USAGE;
  const locations = { from: location('--from', from), to: location('--to', to) };
  if (typeof locations.from === 'string') return locations.from;
  if (typeof locations.to === 'string') return locations.to;
  return { from: locations.from, to: locations.to };
}

function parseOptions(): { readonly from?: string; readonly to?: string } {
  try {
    return parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } } }).values;
  } catch {
    return {};
  }
}

function location(option: string, value: string | undefined): DatabaseLocation | string {
  if (value === undefined) return readDatabaseLocation(process.env);
  const parsed = databaseUrl.safeParse(value);
  return parsed.data ?? `${option}: ${parsed.error?.issues.map(({ message }) => message).join('; ')}`;
}

function failWith(message: string, code: number): void {
  console.error(message);
  process.exitCode = code;
}

try {
  const read = readArguments();
  if (typeof read === 'string') failWith(read, EX_CONFIG);
  else {
    await copyDatabase({
      from: { option: '--from', location: read.from },
      to: { option: '--to', location: read.to },
      clock: systemClock,
      report: (line) => console.log(line),
    });
    console.log('All of it is equal. The target is ready.');
  }
} catch (error) {
  if (error instanceof ConfigError) failWith(error.problems.join('\n'), EX_CONFIG);
  else if (error instanceof CopyError) failWith(error.message, 1);
  else if (isDatabaseAway(error))
    failWith('A database went away. Run the same command again: it goes on.', 1);
  else throw error;
}
