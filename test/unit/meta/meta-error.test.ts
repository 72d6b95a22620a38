import { expect, test } from 'vitest';
import { errorTraits } from '../../../src/errors.js';
import { MetaError, type MetaErrorClass, type MetaErrorOptions } from '../../../src/meta/meta-error.js';

const options: MetaErrorOptions = {
  endpoint: 'ig_me',
  errorClass: 'transient',
  code: 'META_UNAVAILABLE',
  status: null,
  requestSent: true,
  refused: false,
};

test.for([
  ['transient', 'Meta could not be reached or had a passing fault'],
  ['rate_limit', 'Meta limits our calls'],
  ['reauthorization', 'Meta no longer accepts this code or token'],
  ['permission', 'Meta says that a permission is missing'],
  ['configuration', "Meta refused because of the app's configuration"],
  ['bad_answer', 'Meta sent an answer that is not the documented one'],
] as const satisfies ReadonlyArray<readonly [MetaErrorClass, string]>)(
  'The message of %s says what it means and where, never in the words of Meta.',
  ([errorClass, phrase]) => {
    const error = new MetaError({ ...options, errorClass, diagnosis: "Meta's own words" });
    expect(error.message).toBe(`${phrase}: ig_me`);
    expect(error).toMatchObject({ name: 'MetaError', diagnosis: "Meta's own words" });
    expect(error.stack).not.toContain('own words');
  },
);

test('The message names the numbers that there are.', () => {
  const meta = { code: 190, subcode: 463, type: 'OAuthException', fbtraceId: 'A-example' };
  expect(new MetaError({ ...options, status: 400, meta }).message).toContain(
    '(code 190, subcode 463, HTTP 400): ig_me',
  );
  expect(new MetaError({ ...options, status: 502 }).message).toContain('(HTTP 502): ig_me');
});

test('It has no cause: the HTTP client’s own errors hold the URL with the token.', () => {
  expect(new MetaError(options)).not.toHaveProperty('cause');
});

test('What to do is what the code says, unless the refusal knows better.', () => {
  expect(new MetaError(options).userAction).toBe(errorTraits.META_UNAVAILABLE.userAction);
  expect(new MetaError({ ...options, userAction: 'Log in.' }).userAction).toBe('Log in.');
});

test('As part of our contract it has the step, the numbers, the action and the time to wait, and not the diagnosis.', () => {
  const meta = { code: 4, subcode: null, type: 'OAuthException', fbtraceId: 'A-example' };
  const error = new MetaError({
    ...options,
    errorClass: 'rate_limit',
    code: 'META_RATE_LIMITED',
    meta,
    regainMs: 1_500,
    diagnosis: "Meta's own words",
  });
  const shown = error.toAppError('profile');
  expect(shown).toMatchObject({ code: 'META_RATE_LIMITED', message: error.message, retryable: true });
  expect(shown.details).toEqual({
    step: 'profile',
    retryable: true,
    userAction: errorTraits.META_RATE_LIMITED.userAction,
    meta,
    retryAfterSeconds: 2,
  });
  expect(new MetaError(options).toAppError('profile').details).not.toHaveProperty('retryAfterSeconds');
});
