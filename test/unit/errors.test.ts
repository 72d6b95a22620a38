import { describe, expect, test } from 'vitest';
import { AppError, errorCodes, errorTraits } from '../../src/errors.js';

/** The codes of the contract. */
const contract = `BAD_USER_INPUT UNAUTHENTICATED FORBIDDEN NOT_FOUND CONFLICT RATE_LIMITED STATE_REQUIRED
  STATE_INVALID STATE_EXPIRED STATE_REUSED CODE_INVALID REDIRECT_URI_MISMATCH APP_MISCONFIGURED APP_NOT_APPROVED
  PAGE_NOT_LINKED NOT_PROFESSIONAL_ACCOUNT MISSING_PERMISSION REAUTHORIZATION_REQUIRED CONNECTION_PENDING
  META_RATE_LIMITED META_UNAVAILABLE META_BAD_RESPONSE INTERNAL_SERVER_ERROR`.split(/\s+/);

test('The codes are those of the contract, all and no other.', () => {
  expect([...errorCodes].toSorted()).toEqual(contract.toSorted());
  expect(Object.keys(errorTraits).toSorted()).toEqual(contract.toSorted());
});

describe.each(errorCodes)('%s', (code) => {
  test('tells a person what to do, in plain words and one sentence.', () => {
    const { userAction } = errorTraits[code];
    expect(userAction).toMatch(/^[A-Z].{15,160}\.$/);
    expect(userAction).not.toMatch(/\b(null|undefined|exception|HTTP|JSON)\b/);
  });

  test('is passed on with its own word on trying again, unless the place that throws it knows better.', () => {
    const error = new AppError(code, 'What happened.');
    expect(error).toMatchObject({ code, message: 'What happened.', ...errorTraits[code], details: {} });
    const special = new AppError(code, 'x', { retryable: !error.retryable, userAction: 'Do this.' });
    expect(special).toMatchObject({ retryable: !error.retryable, userAction: 'Do this.' });
  });
});

test('Only what passes by itself is worth trying again.', () => {
  expect(errorCodes.filter((code) => errorTraits[code].retryable)).toEqual([
    'RATE_LIMITED',
    'CONNECTION_PENDING',
    'META_RATE_LIMITED',
    'META_UNAVAILABLE',
  ]);
});
