import { MetaError } from './meta-error.js';

/** Meta's refusal as a value, for a call whose failure is one of the answers. Everything else is thrown. */
export async function orMetaError<T>(asked: Promise<T>): Promise<T | MetaError> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof MetaError) return error;
    throw error;
  }
}
