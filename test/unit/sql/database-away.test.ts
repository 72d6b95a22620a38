import { DriverException } from '@mikro-orm/core';
import { expect, test } from 'vitest';
import { AppError } from '../../../src/errors.js';
import { isDatabaseAway } from '../../../src/sql/database-away.js';

const coded = (code: string): Error => Object.assign(new Error('made up'), { code });

test.each([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENOTFOUND',
  '08006',
  '08P01',
  '53300',
  '57P01',
  '57P02',
  '57P03',
  '57014',
  '55P03',
  '25006',
  '40001',
  '40P01',
  'SQLITE_BUSY',
  'SQLITE_BUSY_SNAPSHOT',
  'SQLITE_LOCKED',
])('%s says that the database is away.', (code) => {
  expect(isDatabaseAway(coded(code))).toBe(true);
  expect(isDatabaseAway(new DriverException(coded(code)))).toBe(true);
  expect(isDatabaseAway(new Error('wrapped', { cause: coded(code) }))).toBe(true);
});

test.each([
  '23505',
  '42P01',
  '22021',
  '42501',
  '28P01',
  '53100',
  'SQLITE_CONSTRAINT',
  'SQLITE_FULL',
  'EACCES',
])('%s says that something is wrong, which waiting does not mend.', (code) => {
  expect(isDatabaseAway(coded(code))).toBe(false);
});

test.each([
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
])('"%s" has no code, and says so all the same.', (message) => {
  expect(isDatabaseAway(new Error(message))).toBe(true);
});

test('Nothing else says so: no error of ours, no text, and nothing that goes in circles.', () => {
  const circle = new Error('made up');
  circle.cause = circle;
  for (const other of [
    new AppError('META_UNAVAILABLE', 'timeout'),
    'ECONNREFUSED',
    null,
    undefined,
    circle,
  ]) {
    expect(isDatabaseAway(other)).toBe(false);
  }
});
