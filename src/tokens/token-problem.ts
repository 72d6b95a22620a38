import type { AppError } from '../errors.js';

/** The last refusal that concerns a token or a step: what happened, Meta's numbers, and what helps. */
export interface TokenProblem {
  /** One of the public error codes, or `kept_better_token`. */
  readonly code: string;
  readonly message: string;
  readonly userAction: string | null;
  readonly metaCode: number | null;
  readonly metaSubcode: number | null;
  readonly fbtraceId: string | null;
  /** ISO 8601, UTC: problems are stored as JSON. */
  readonly at: string;
}

export function toTokenProblem(error: AppError, at: Date): TokenProblem {
  const { meta } = error.details;
  return {
    code: error.code,
    message: error.message,
    userAction: error.userAction,
    metaCode: meta?.code ?? null,
    metaSubcode: meta?.subcode ?? null,
    fbtraceId: meta?.fbtraceId ?? null,
    at: at.toISOString(),
  };
}
