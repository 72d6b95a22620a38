import { expect } from 'vitest';
import { MetaError } from '../../src/meta/meta-error.js';

/** The `MetaError` that a call has to end with. */
export async function failureOf(call: Promise<unknown>): Promise<MetaError> {
  const failure: unknown = await call.then(
    (value) => new Error(`Expected a failure, got ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(MetaError);
  return failure as MetaError;
}
