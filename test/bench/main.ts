// Measurements, by hand and on a machine that does nothing else. What there is:
//
//   npm run bench -- --seed 1000000 [--database sqlite:./scale.sqlite]
//   npm run bench -- --renew 5000
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runRenewals } from './scale/renewals.ts';
import { runScale } from './scale/scale.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, database: { type: 'string' }, renew: { type: 'string' } },
});

if (values.seed !== undefined) {
  await runScale({ accounts: readCount(values.seed), databaseUrl: values.database ?? null });
} else if (values.renew !== undefined) {
  await runRenewals(readCount(values.renew));
} else {
  end();
}

function readCount(text: string): number {
  const count = Number(text);
  return Number.isSafeInteger(count) && count > 0 ? count : end();
}

function end(): never {
  process.stderr.write(
    'Usage: npm run bench -- --seed <accounts> [--database sqlite:<file>|postgresql://…] | --renew <accounts>\n',
  );
  process.exit(64);
}
