import { execFile } from 'node:child_process';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ConfigError } from '../../src/config.js';
import { readCopyArguments } from '../../src/database/copy/copy-arguments.js';
import { anAccount, insertAccounts } from '../support/accounts.js';
import { openFile } from '../support/databases.js';
import { runSql } from '../support/sql.js';

const root = join(import.meta.dirname, '..', '..');

const FILE = 'sqlite:./data/moca.sqlite';
const SECRET = 'hush-hush';
const ELSEWHERE = `postgresql://moca:${SECRET}@127.0.0.1/moca`;

function problemsOf(args: readonly string[], env = {}): readonly string[] {
  try {
    readCopyArguments(args, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('Both databases can be named, and one that is not is that of DATABASE_URL.', () => {
  const file = { kind: 'sqlite', path: './data/moca.sqlite' };
  for (const { from, to } of [
    readCopyArguments(['--from', FILE, '--to', ELSEWHERE], {}),
    readCopyArguments([`--from=${FILE}`], { DATABASE_URL: ELSEWHERE }),
    readCopyArguments(['--to', ELSEWHERE], { DATABASE_URL: FILE }),
  ]) {
    expect(from).toEqual({ option: '--from', location: file });
    expect(to).toMatchObject({ option: '--to', location: { kind: 'postgresql' } });
  }
});

test('Whoever calls it in another way is told what is wrong and how to, and no value is repeated.', () => {
  for (const [args, ...told] of [
    [[]],
    [[ELSEWHERE], 'Argument 1 belongs to no option.'],
    [['--from', FILE, ELSEWHERE], 'Argument 3 belongs to no option.'],
    [['--form', FILE, '--to', ELSEWHERE], 'There is no option --form.'],
    [[`--form=${ELSEWHERE}`], 'There is no option --form.'],
    [['--to'], '--to names no database.'],
  ] as const) {
    const problems = problemsOf(args);
    expect(problems).toEqual([
      ...told,
      expect.stringMatching(/^npm run db:copy -- --from <database> --to <database>\n/),
    ]);
    expect(problems.join()).not.toContain(SECRET);
  }
});

test('A URL that is none is told by its option, without a word of it.', () => {
  expect(problemsOf(['--from', FILE, '--to', `${ELSEWHERE}?sslmode=${SECRET}`])).toEqual([
    '--to: sslmode must be one of disable, require, verify-ca, verify-full',
  ]);
  expect(problemsOf(['--from', 'mysql://x', '--to', ELSEWHERE])).toEqual([
    expect.stringMatching(/^--from: must be sqlite:/),
  ]);
});

test('`npm run db:copy` copies between the two databases that it is told.', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'moca-'));
  const [source, target] = ['source', 'target'].map((name) => join(folder.path, `${name}.sqlite`)) as [
    string,
    string,
  ];
  {
    await using database = await openFile(source);
    await database.migrate();
    await insertAccounts(database, [anAccount({ accountId: '10000' })]);
  }
  const ends = ['--from', `sqlite:${source}`, '--to', `sqlite:${target}`];
  const { stdout } = await promisify(execFile)('npm', ['run', 'db:copy', '--', ...ends], { cwd: root });
  expect(stdout).toContain('All of it is equal. The target is ready.');
  const databaseUrl = `sqlite:${target}`;
  expect(await runSql({ databaseUrl }, 'select account_id from instagram_account')).toEqual([
    { account_id: '10000' },
  ]);
});
