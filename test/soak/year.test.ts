import { expect, test } from 'vitest';
import type { FaultName } from '../../src/sandbox/faults.js';
import { liveThroughYear, type YearPlan } from './year.js';

/** Each class of failure that passes; what would end a token is Meta's word and no fault. */
const faults: readonly FaultName[] = [
  'unavailable',
  'unknown_error',
  'html_502',
  'reset',
  'answer_lost',
  'truncated',
  'rate_app',
  'rate_user',
  'rate_calls',
  'rate_instagram',
  'policy_block',
  'app_unknown',
  'capability',
  'permission_denied',
  'broken_json',
  'empty_token',
  'missing_expires_in',
];

const seed = Number(process.env['SOAK_SEED'] ?? Date.now() % 1_000_000);

const year: YearPlan = {
  accounts: { page: 60, long: 800, climbing: 80, short: 60 },
  days: 365,
  seed,
  faultShare: 0.05,
  faults,
};

test(`A year with a thousand accounts and 5 % failing calls loses no token that Meta would renew (seed ${seed}).`, async () => {
  const troubled = await liveThroughYear(year);
  const quiet = await liveThroughYear({ ...year, faultShare: 0 });
  process.stdout.write(`${JSON.stringify({ seed, troubled, quiet })}\n`);
  expect(troubled.lost).toEqual([]);
  expect(quiet.lost).toEqual([]);
  expect(troubled.states).toEqual(quiet.states);
  expect(troubled.calls).toBeLessThanOrEqual(quiet.calls * 1.1);
}, 300_000);
