import { AppError } from '../errors.js';

/** For an id that is no account's, or was one's that is deleted. */
export function noSuchAccount(): AppError {
  return new AppError('NOT_FOUND', 'There is no such account.');
}
