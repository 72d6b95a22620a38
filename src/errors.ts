/** Every code that `extensions.code` can hold for a failure that this server expects. */
export const errorCodes = [
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'RATE_LIMITED',
  'STATE_REQUIRED',
  'STATE_INVALID',
  'STATE_EXPIRED',
  'STATE_REUSED',
  'CODE_INVALID',
  'REDIRECT_URI_MISMATCH',
  'APP_MISCONFIGURED',
  'APP_NOT_APPROVED',
  'PAGE_NOT_LINKED',
  'NOT_PROFESSIONAL_ACCOUNT',
  'MISSING_PERMISSION',
  'REAUTHORIZATION_REQUIRED',
  'CONNECTION_PENDING',
  'META_RATE_LIMITED',
  'META_UNAVAILABLE',
  'META_BAD_RESPONSE',
  'INTERNAL_SERVER_ERROR',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

interface CodeTraits {
  /** Whether the same call can succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** One plain sentence that a person can follow. */
  readonly userAction: string;
}

/** What every code means for the caller, unless the place that throws it knows better. */
export const errorTraits: Readonly<Record<ErrorCode, CodeTraits>> = {
  BAD_USER_INPUT: {
    retryable: false,
    userAction: 'Correct the value that the message names and send it again.',
  },
  UNAUTHENTICATED: { retryable: false, userAction: 'Send a valid API key as "Authorization: Bearer <key>".' },
  FORBIDDEN: { retryable: false, userAction: 'Use an API key whose role may do this.' },
  NOT_FOUND: { retryable: false, userAction: 'Check the account id; the account may have been deleted.' },
  CONFLICT: {
    retryable: false,
    userAction: 'Load the current settings, apply your change to them and save again.',
  },
  RATE_LIMITED: { retryable: true, userAction: 'Wait a little and try again.' },
  STATE_REQUIRED: {
    retryable: false,
    userAction: 'Start the connection again from the page that offers it, in the same browser tab.',
  },
  STATE_INVALID: {
    retryable: false,
    userAction: 'Start the connection again from the page that offers it, in the same browser tab.',
  },
  STATE_EXPIRED: {
    retryable: false,
    userAction: 'Start the connection again and finish it within 15 minutes.',
  },
  STATE_REUSED: {
    retryable: false,
    userAction: 'Start the connection again; each attempt needs a fresh start.',
  },
  CODE_INVALID: {
    retryable: false,
    userAction: 'Start the connection again; the authorization code was used before or has expired.',
  },
  REDIRECT_URI_MISMATCH: {
    retryable: false,
    userAction:
      "Ask the operator to register the redirect URI in Meta's app dashboard, character for character.",
  },
  APP_MISCONFIGURED: {
    retryable: false,
    userAction: "Ask the operator to check the app's id and secret and its status in Meta's app dashboard.",
  },
  APP_NOT_APPROVED: {
    retryable: false,
    userAction:
      "Accept the app's tester invitation on Instagram, or ask the operator to get Advanced Access from Meta.",
  },
  PAGE_NOT_LINKED: {
    retryable: false,
    userAction:
      'Link the Instagram professional account to a Facebook Page that you manage, then connect again and keep that Page ticked.',
  },
  NOT_PROFESSIONAL_ACCOUNT: {
    retryable: false,
    userAction: 'Switch the Instagram account to a Business or Creator account, then connect again.',
  },
  MISSING_PERMISSION: {
    retryable: false,
    userAction: 'Connect again and leave every permission ticked on the consent page.',
  },
  REAUTHORIZATION_REQUIRED: { retryable: false, userAction: 'Connect the Instagram account again.' },
  CONNECTION_PENDING: { retryable: true, userAction: 'Wait a moment; the connection is still being made.' },
  META_RATE_LIMITED: { retryable: true, userAction: 'Wait until Meta accepts calls again, then try again.' },
  META_UNAVAILABLE: {
    retryable: true,
    userAction: 'Meta cannot be reached right now; try again in a moment.',
  },
  META_BAD_RESPONSE: {
    retryable: false,
    userAction: 'Start the connection again; if this comes back, tell the operator the time and the step.',
  },
  INTERNAL_SERVER_ERROR: {
    retryable: false,
    userAction: 'Try again; if this comes back, tell the operator the id.',
  },
};

/** A database that restarts, or that another one takes over from, is back after some seconds. */
export const DATABASE_RETRY_SECONDS = 2;

/** What the caller hears while the database is away; `id` finds the reason in the log. */
export function databaseAway(id: string) {
  return {
    message: 'The database cannot be reached right now.',
    extensions: {
      code: 'INTERNAL_SERVER_ERROR',
      id,
      retryable: true,
      userAction: 'Try again in a moment.',
      retryAfterSeconds: DATABASE_RETRY_SECONDS,
    },
  } as const;
}

/** The numbers by which Meta's support finds a failure. Safe to show. */
export interface MetaNumbers {
  readonly code: number | null;
  readonly subcode: number | null;
  readonly type: string | null;
  readonly fbtraceId: string | null;
}

export interface ErrorDetails {
  /** The step of the ladder that failed. */
  readonly step?: string;
  /** Overrides the code's own `retryable`. */
  readonly retryable?: boolean;
  /** Overrides the code's own `userAction`. */
  readonly userAction?: string;
  /** Whole seconds after which the same call makes sense again. */
  readonly retryAfterSeconds?: number;
  readonly meta?: MetaNumbers;
  /** Under which the log has more. */
  readonly id?: string;
  /** Tells apart the causes that share a code, for a program. */
  readonly reason?: string;
  /** What happened at each step of the ladder, for an error of the pipeline. */
  readonly steps?: readonly object[];
}

/**
 * A failure that is part of the contract: it reaches the caller with its code and details. Its message is
 * public too, so it never holds a token, code, verifier or secret, nor text that came from Meta.
 */
export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message);
  }

  get retryable(): boolean {
    return this.details.retryable ?? errorTraits[this.code].retryable;
  }

  get userAction(): string {
    return this.details.userAction ?? errorTraits[this.code].userAction;
  }
}
