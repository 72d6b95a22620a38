// Measurements, by hand and on a machine that does nothing else. What there is:
//
//   npm run bench -- --seed 1000000 [--database sqlite:./scale.sqlite]
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runScale } from './scale/scale.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, database: { type: 'string' } },
});
const accounts = Number(values.seed);
if (!Number.isSafeInteger(accounts) || accounts < 1) {
  process.stderr.write(
    'Usage: npm run bench -- --seed <accounts> [--database sqlite:<file>|postgresql://…]\n',
  );
  process.exit(64);
}
await runScale({ accounts, databaseUrl: values.database ?? null });
