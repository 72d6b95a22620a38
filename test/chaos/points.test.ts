import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pipelinePoints } from '../../src/oauth/pipeline-points.js';
import { passages } from './passages.js';

const OAUTH = join(import.meta.dirname, '..', '..', 'src', 'oauth');

/** The text of a file of src/oauth without its comments. */
function codeOf(name: string): string {
  const text = readFileSync(join(OAUTH, name), 'utf8');
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}

/** The same without whatever stands in the brackets of a call of `points`. */
function outsidePoints(code: string): string {
  let rest = code;
  for (;;) {
    const start = rest.search(/\bpoints\(/);
    if (start === -1) return rest;
    let at = rest.indexOf('(', start) + 1;
    for (let depth = 1; depth > 0; at += 1) {
      const char = rest.charAt(at);
      if (char === '') throw new Error('A bracket is never closed.');
      if (char === '(') depth += 1;
      if (char === ')') depth -= 1;
    }
    rest = `${rest.slice(0, start)}POINT${rest.slice(at)}`;
  }
}

/** Waiting for the database, for Meta or for time, with the server's own hands. */
const WAIT = /\bstore\.\w+\(|\bclaim\.\w+\(|\bem\(\)|\bclient\.send\(|\bclock\.sleep\(/g;

/** What the runner may wait for by other means: its own steps, and steps that get Meta and clock from the run. */
const STEPS = [
  /^POINT/,
  /^this\.#\w+\(/,
  /^this\.#saver\.save\(run,/,
  /^climb\(/,
  /^sendCode\(run\.meta, run\.clock,/,
  /^probeToken\(run\.meta,/,
];

test('Every point of the pipeline is one at which a server is killed.', () => {
  const killedAt = Object.values(passages).flatMap((ways) => ways.flatMap(({ points }) => points));
  expect([...new Set(killedAt)].sort()).toEqual([...pipelinePoints].sort());
});

test.each(['attempt-runner.ts', 'connection-saver.ts', 'leased-meta.ts'])(
  'In %s nothing waits for the database, for Meta or for time but at a point.',
  (name) => {
    const code = codeOf(name);
    expect(code.match(WAIT)?.length).toBeGreaterThan(1);
    expect(outsidePoints(code).match(WAIT)).toBeNull();
  },
);

test('Whatever else a run waits for is a step that gets Meta and clock from the run, and so its points.', () => {
  const code = outsidePoints(codeOf('attempt-runner.ts') + codeOf('connection-saver.ts'));
  const awaited = [...code.matchAll(/\bawait\s+/g)].map(({ index, 0: keyword }) =>
    code.slice(index + keyword.length, index + keyword.length + 40),
  );
  expect(awaited.length).toBeGreaterThan(8);
  expect(awaited.filter((text) => !STEPS.some((step) => step.test(text)))).toEqual([]);
  expect(code).toMatch(/climb\(\s*\{[\s\S]*?\},\s*\{ meta: run\.meta, clock: run\.clock,/);
});

test('An attempt is written down and claimed at a point.', () => {
  const code = codeOf('admission.ts') + codeOf('connect.service.ts');
  expect(code.match(/\bstore\.(insert|claim)\(/g)).toHaveLength(2);
  expect(outsidePoints(code)).not.toMatch(/\bstore\.(insert|claim)\(/);
});
