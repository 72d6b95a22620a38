import { AppError, type ErrorCode, type MetaNumbers } from '../errors.js';

/** A failure of an attempt as it is kept, so that a repeated call hears exactly the same. */
export interface StoredError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly step: string | null;
  readonly retryable: boolean;
  readonly userAction: string;
  readonly meta: MetaNumbers | null;
  readonly reason: string | null;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export function toStoredError(error: AppError, at: Date): StoredError {
  return {
    code: error.code,
    message: error.message,
    step: error.details.step ?? null,
    retryable: error.retryable,
    userAction: error.userAction,
    meta: error.details.meta ?? null,
    reason: error.details.reason ?? null,
    at: at.toISOString(),
  };
}

export function fromStoredError(
  stored: StoredError,
  steps: readonly object[],
  retryAfterSeconds?: number,
): AppError {
  return new AppError(stored.code, stored.message, {
    retryable: stored.retryable,
    userAction: stored.userAction,
    steps,
    ...(stored.step === null ? {} : { step: stored.step }),
    ...(stored.meta === null ? {} : { meta: stored.meta }),
    ...(stored.reason === null ? {} : { reason: stored.reason }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}
