import { AppError } from '../errors.js';

/** For a wait that the code, or the token that it became, will not outlive. */
export const OUTLIVED =
  'Meta limits our calls for longer than this connection can wait: start it again after that.';

/** The code was sent, and what became of it cannot be learned any more. */
export function fateUnknown(cause?: AppError): AppError {
  return new AppError(
    'REAUTHORIZATION_REQUIRED',
    'The code was sent, its answer was lost, and Meta does not take it again.',
    { step: 'code_exchange', ...(cause?.details.meta === undefined ? {} : { meta: cause.details.meta }) },
  );
}

/** The attempt has outlived its code, or the token that it became. */
export function tooOld(): AppError {
  return new AppError(
    'REAUTHORIZATION_REQUIRED',
    'The connection could not be finished within an hour of its code.',
  );
}
