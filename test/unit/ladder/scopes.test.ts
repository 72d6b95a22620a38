import { expect, test } from 'vitest';
import { AppError } from '../../../src/errors.js';
import { isBasicScopeMissing, requireBasicScope } from '../../../src/tokens/ladder/scopes.js';

test.each([
  ['it was granted', ['instagram_business_basic'], ['instagram_business_basic']],
  ['only others were declined', ['instagram_basic', 'pages_messaging'], ['instagram_basic']],
  ['nobody knows what was granted', ['instagram_basic'], null],
  ['it was never asked for', ['pages_show_list'], []],
  ["the other product's was granted", ['instagram_basic', 'instagram_business_basic'], ['instagram_basic']],
])('A connection is not refused for the basic permission when %s.', (_when, requested, granted) => {
  expect(() => requireBasicScope(requested, granted, 'code_exchange')).not.toThrow();
});

test.each([[[]], [['pages_show_list', 'instagram_business_manage_messages']]])(
  'Of a connection that was granted only %j the basic permission is missing.',
  (granted) => {
    expect(() => requireBasicScope(['instagram_business_basic'], granted, 'code_exchange')).toThrow(
      expect.objectContaining({ code: 'MISSING_PERMISSION', details: { step: 'code_exchange' } }),
    );
  },
);

test("Our own word on the basic permission is not taken for a refusal of Meta's.", () => {
  const meta = { code: 10, subcode: null, type: 'OAuthException', fbtraceId: null };
  expect(isBasicScopeMissing(new AppError('MISSING_PERMISSION', 'Not granted.'))).toBe(true);
  expect(isBasicScopeMissing(new AppError('MISSING_PERMISSION', 'Refused.', { meta }))).toBe(false);
  expect(isBasicScopeMissing(new AppError('PAGE_NOT_LINKED', 'None.'))).toBe(false);
});
