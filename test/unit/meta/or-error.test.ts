import { expect, test } from 'vitest';
import { MetaError } from '../../../src/meta/meta-error.js';
import { orMetaError } from '../../../src/meta/or-error.js';

test("Meta's refusal is a value, and so is an answer; everything else is thrown.", async () => {
  const refusal = new MetaError({
    endpoint: 'ig_me',
    errorClass: 'transient',
    code: 'META_UNAVAILABLE',
    status: 502,
    requestSent: true,
    refused: false,
  });
  expect(await orMetaError(Promise.resolve(7))).toBe(7);
  expect(await orMetaError(Promise.reject(refusal))).toBe(refusal);
  const mistake = new TypeError('a mistake of ours');
  await expect(orMetaError(Promise.reject(mistake))).rejects.toBe(mistake);
});
