// Measurements, by hand and on a machine that does nothing else. What there is:
//
//   npm run bench [-- --only w1,w2 --rounds 3 --seconds 2]   the server beside others
//   npm run bench -- --seed 1000000 [--database sqlite:./scale.sqlite]
//   npm run bench -- --renew 5000
import process from 'node:process';
import { parseArgs } from 'node:util';
import { isPart, parts, runComparison, type Part } from './comparison/comparison.ts';
import { runRenewals } from './scale/renewals.ts';
import { runScale } from './scale/scale.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    seed: { type: 'string' },
    database: { type: 'string' },
    renew: { type: 'string' },
  },
});

if (values.seed !== undefined) {
  await runScale({ accounts: readCount(values.seed), databaseUrl: values.database ?? null });
} else if (values.renew !== undefined) {
  await runRenewals(readCount(values.renew));
} else {
  await runComparison({
    parts: values.only === undefined ? parts : readParts(values.only),
    rounds: readCount(values.rounds),
    roundMs: readCount(values.seconds) * 1_000,
  });
}

function readParts(text: string): readonly Part[] {
  const names = text.split(',');
  return names.every(isPart) ? names : end();
}

function readCount(text: string): number {
  const count = Number(text);
  return Number.isSafeInteger(count) && count > 0 ? count : end();
}

function end(): never {
  process.stderr.write(
    `Usage: npm run bench -- [--only ${parts.join(',')}] [--rounds <count>] [--seconds <count>]
       npm run bench -- --seed <accounts> [--database sqlite:<file>|postgresql://…] | --renew <accounts>\n`,
  );
  process.exit(64);
}
