import { expect, test } from 'vitest';
import { regainTime } from '../../../src/meta/regain-time.js';
import { HOUR, MINUTE, SECOND } from '../../../src/time.js';
import { fixture } from '../../support/fixture.js';

function usage(...minutes: unknown[]): string {
  const ids = minutes.map((estimated_time_to_regain_access, i) => [
    `1784140579318721${i}`,
    [{ type: 'instagram', call_count: 100, estimated_time_to_regain_access }],
  ]);
  return JSON.stringify(Object.fromEntries(ids));
}

test('The documented header counts in minutes.', () => {
  expect(regainTime(fixture('rate-limit.business-use-case-header'), null)).toBe(19 * MINUTE);
});

test('Of several accounts, and of several uses of one, the longest wait counts.', () => {
  expect(regainTime(usage(3, 40, 7), null)).toBe(40 * MINUTE);
  expect(
    regainTime(
      '{"1":[{"estimated_time_to_regain_access":2},{"estimated_time_to_regain_access":5}],"2":[]}',
      null,
    ),
  ).toBe(5 * MINUTE);
});

test.for([
  ['an object in place of the list', '{"1":{"type":"instagram","estimated_time_to_regain_access":19}}'],
  ['no id at all', '{"type":"instagram","estimated_time_to_regain_access":19}'],
  ['a list at the top', '[{"estimated_time_to_regain_access":19}]'],
  ['a text for the number', '{"1":[{"estimated_time_to_regain_access":"19"}]}'],
] as const)('A header with %s is read all the same.', ([_what, header]) => {
  expect(regainTime(header, null)).toBe(19 * MINUTE);
});

test.for([
  null,
  '',
  'not JSON',
  'null',
  '7',
  '[]',
  '{}',
  '{"1":null}',
  '{"1":[null,7,"x"]}',
  usage(0),
  usage(-5),
  usage('soon'),
  usage(null),
  usage({}),
  '{"1":[{"estimated_time_to_regain_access":1e999}]}',
  '{"estimated_time_to_regain_access":19',
])('The header %j says nothing, and Retry-After counts in seconds.', (header) => {
  expect(regainTime(header, null)).toBeNull();
  expect(regainTime(header, '120')).toBe(120 * SECOND);
});

test("Meta's own estimate goes before Retry-After.", () => {
  expect(regainTime(usage(19), '5')).toBe(19 * MINUTE);
});

test.for(['', '0', '-5', 'soon', 'Wed, 21 Oct 2026 07:28:00 GMT', 'NaN'])(
  'Retry-After: %s says nothing.',
  (header) => {
    expect(regainTime(null, header)).toBeNull();
  },
);

test('No wait is longer than a day, whatever a header says.', () => {
  expect(regainTime(usage(99_999_999), null)).toBe(24 * HOUR);
  expect(regainTime(null, '1e300')).toBe(24 * HOUR);
});
