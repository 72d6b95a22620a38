import { expect, test } from 'vitest';
import { ConfigError } from '../../src/config.js';
import { readCopyArguments } from '../../src/database/copy/copy-arguments.js';

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

test('Whoever calls it in another way is told how to, and no argument is repeated.', () => {
  for (const args of [
    [],
    [ELSEWHERE],
    ['--from', FILE, ELSEWHERE],
    ['--form', FILE, '--to', ELSEWHERE],
    ['--to'],
  ]) {
    const [usage, ...others] = problemsOf(args);
    expect(usage).toMatch(/^npm run db:copy -- --from <database> --to <database>\n/);
    expect(others).toEqual([]);
    expect(usage).not.toContain(SECRET);
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
