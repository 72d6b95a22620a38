import { expect, test } from 'vitest';
import { graphVersionWarning } from '../../../src/meta/graph-version.js';

function warning(version: string, day: string): string | null {
  return graphVersionWarning(version, new Date(`${day}T12:00:00Z`));
}

test('A version that ends within 90 days is warned of, with the days that are left.', () => {
  expect(warning('v21.0', '2026-10-22')).toBeNull();
  expect(warning('v21.0', '2026-10-23')).toBe(
    'Graph API v21.0 ends on 2027-01-21 (days left: 90). Set META_GRAPH_VERSION to a newer one.',
  );
  expect(warning('v21.0', '2027-01-20')).toContain('(days left: 1)');
});

test('A version that has ended is warned of as ended.', () => {
  for (const day of ['2027-01-21', '2030-01-01']) {
    expect(warning('v21.0', day)).toBe(
      'Graph API v21.0 ended on 2027-01-21; Meta answers with a newer one. Set META_GRAPH_VERSION.',
    );
  }
});

test('A version whose end is far off or not known is not warned of.', () => {
  expect(warning('v25.0', '2026-11-22')).toBeNull();
  expect(warning('v26.0', '2040-01-01')).toBeNull();
  expect(warning('v99.0', '2026-11-22')).toBeNull();
  expect(warning('constructor', '2026-11-22')).toBeNull();
});

test.for([
  ['v19.0', '2026-05-21'],
  ['v20.0', '2026-09-24'],
  ['v21.0', '2027-01-21'],
  ['v22.0', '2027-05-20'],
  ['v23.0', '2027-10-08'],
  ['v24.0', '2028-02-18'],
  ['v25.0', '2028-07-29'],
] as const)('%s ends on %s, as Meta has announced.', ([version, end]) => {
  expect(warning(version, '2040-01-01')).toContain(` ended on ${end};`);
});
