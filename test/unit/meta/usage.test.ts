import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readUsage } from '../../../src/meta/usage.js';
import { HOUR, MINUTE } from '../../../src/time.js';
import { fixture } from '../../support/fixture.js';

const NOTHING = { appPercent: null, business: [] };

test('The highest of the three counts is what is used up.', () => {
  expect(readUsage('{"call_count":28,"total_time":96,"total_cputime":25}', null).appPercent).toBe(96);
  expect(readUsage('{"call_count":28}', null).appPercent).toBe(28);
});

test('The documented header of business use cases is read, in minutes.', () => {
  const { business } = readUsage(null, fixture('rate-limit.business-use-case-header'));
  expect(business).toEqual([{ id: expect.any(String), percent: 100, regainMs: 19 * MINUTE }]);
});

test('One header may tell of several businesses, each with several uses, or one without a list.', () => {
  const header = {
    '1': [
      { type: 'pages', call_count: 10, estimated_time_to_regain_access: 0 },
      { type: 'instagram', call_count: 97, estimated_time_to_regain_access: 0 },
    ],
    '2': { type: 'instagram', total_time: '100', estimated_time_to_regain_access: 7 },
  };
  expect(readUsage(null, JSON.stringify(header)).business).toEqual([
    { id: '1', percent: 97, regainMs: 0 },
    { id: '2', percent: 100, regainMs: 7 * MINUTE },
  ]);
});

test.for(['', 'null', '7', '"x"', '[]', '{', 'not JSON', '[{"call_count":100}]'])(
  'The headers %j say nothing.',
  (header) => {
    expect(readUsage(header, header)).toEqual(NOTHING);
  },
);

test('No header at all says nothing.', () => {
  expect(readUsage(null, null)).toEqual(NOTHING);
});

test('An id that is none, and more than fifty of them, are left out; no wait is longer than a day.', () => {
  const entry = [{ call_count: 100, estimated_time_to_regain_access: 1e9 }];
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`id${index}`, entry]));
  expect(readUsage(null, JSON.stringify({ 'a b': entry, '../me': entry })).business).toEqual([]);
  const { business } = readUsage(null, JSON.stringify(many));
  expect(business).toHaveLength(50);
  expect(business[0]?.regainMs).toBe(24 * HOUR);
});

test('Whatever stands in the headers, reading them fails for none of it.', () => {
  fc.assert(
    fc.property(fc.json(), fc.json(), (app, business) => {
      const usage = readUsage(app, business);
      for (const { percent, regainMs } of usage.business) {
        expect(Number.isFinite(percent) && Number.isFinite(regainMs)).toBe(true);
      }
    }),
  );
});
