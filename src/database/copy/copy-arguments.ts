import { parseArgs } from 'node:util';
import { ConfigError, readDatabaseLocation, type Environment } from '../../config.js';
import { databaseUrl } from '../../database-url.js';
import type { End } from './ends.js';

const USAGE = `npm run db:copy -- --from <database> --to <database>
A database is sqlite:<path of a file> or postgresql://…; one that is left out is that of DATABASE_URL.`;

/**
 * The two ends from the command line.
 *
 * @throws ConfigError, which repeats no argument but the name of an option: it may hold a password
 */
export function readCopyArguments(args: readonly string[], env: Environment): { from: End; to: End } {
  const { from, to } = parse(args);
  if (from === undefined && to === undefined) throw new ConfigError([USAGE]);
  return { from: readEnd('--from', from, env), to: readEnd('--to', to, env) };
}

function parse(args: readonly string[]): { readonly from?: string; readonly to?: string } {
  const options = { from: { type: 'string' }, to: { type: 'string' } } as const;
  // Not strict: what is wrong is told in words of our own, since the parser's repeat the argument.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const ends: { from?: string; to?: string } = {};
  for (const token of tokens) {
    if (token.kind !== 'option') throw misunderstood(`Argument ${token.index + 1} belongs to no option.`);
    if (token.name !== 'from' && token.name !== 'to') {
      throw misunderstood(`There is no option ${token.rawName}.`);
    }
    if (token.value === undefined) throw misunderstood(`${token.rawName} names no database.`);
    ends[token.name] = token.value;
  }
  return ends;
}

function misunderstood(problem: string): ConfigError {
  return new ConfigError([problem, USAGE]);
}

function readEnd(option: End['option'], value: string | undefined, env: Environment): End {
  if (value === undefined) return { option, location: readDatabaseLocation(env) };
  const { data: location, error } = databaseUrl.safeParse(value);
  if (error === undefined) return { option, location };
  throw new ConfigError(error.issues.map(({ message }) => `${option}: ${message}`));
}
