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

const SHARE = 0.05;

const year: YearPlan = {
  accounts: { page: 60, long: 800, climbing: 80, short: 60 },
  days: 365,
  seed,
  faultShare: SHARE,
  faults,
};

/** Whoever Meta lets live lives; `short` are people whose token Meta never betters, and ends after an hour. */
const allIsWell = { 'PAGE lives': 60, 'LONG_LIVED lives': 880, 'SHORT_LIVED EXPIRED': 60 };

test(`A year with a thousand accounts and 5 % failing calls loses no token that Meta would renew (seed ${seed}).`, async () => {
  const troubled = await liveThroughYear(year);
  const quiet = await liveThroughYear({ ...year, faultShare: 0 });
  process.stdout.write(`${JSON.stringify({ seed, troubled, quiet })}\n`);
  for (const { states, untrue } of [troubled, quiet]) {
    expect(states).toEqual(allIsWell);
    expect(untrue).toEqual([]);
  }
  // Nobody came near the end: half of a life, and what failing took of it.
  expect(troubled.shortestLeftDays).toBeGreaterThan(20);
  // About 12 renewals of two calls for each long-lived token, and a probe a week for each page.
  expect(quiet.calls).toBeGreaterThan(20_000);
  expect(troubled.calls).toBeLessThanOrEqual(quiet.calls * 1.1);

  const struck = Object.values(troubled.faults).reduce((sum, count) => sum + count, 0);
  expect(Object.keys(troubled.faults).sort()).toEqual([...faults].sort());
  expect(struck / troubled.calls).toBeGreaterThan(SHARE * 0.9);
  expect(struck / troubled.calls).toBeLessThan(SHARE * 1.1);
  expect(quiet.faults).toEqual({});
}, 300_000);
