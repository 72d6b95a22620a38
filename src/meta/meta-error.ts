import { AppError, errorTraits, type ErrorCode, type MetaNumbers } from '../errors.js';
import { MINUTE, SECOND } from '../time.js';
import type { Endpoint } from './hosts.js';

/**
 * What a failure means for us, whatever its HTTP status (Meta answers nearly everything with 400):
 * - `transient`: the same call may work in a moment
 * - `rate_limit`: not before the regain time
 * - `reauthorization`: the person has to consent again (dead token, spent code)
 * - `permission`: a permission was not granted or was removed
 * - `configuration`: the app, its secret, its redirect URI or its approval has to be mended
 * - `bad_answer`: Meta answered something that we cannot use
 */
export type MetaErrorClass =
  'transient' | 'rate_limit' | 'reauthorization' | 'permission' | 'configuration' | 'bad_answer';

export interface MetaErrorOptions {
  readonly endpoint: Endpoint;
  readonly errorClass: MetaErrorClass;
  /** The public code that this failure has when nothing more is known about it. */
  readonly code: ErrorCode;
  /** HTTP status, or null when there was no answer. */
  readonly status: number | null;
  readonly meta?: MetaNumbers;
  /** For `rate_limit`: milliseconds until Meta accepts calls again, where it said so. */
  readonly regainMs?: number;
  /** False only when it is certain that Meta never saw the request. */
  readonly requestSent: boolean;
  /** Whether Meta itself said no, in an answer that we understood. */
  readonly refused: boolean;
  readonly userAction?: string;
  /** Meta's own words or the transport's, scrubbed. For the log only: they are not ours to show. */
  readonly diagnosis?: string;
}

/** For a limit whose end Meta does not tell: its windows are an hour long, and mostly not used up by much. */
const UNKNOWN_PAUSE_MS = 5 * MINUTE;

const NO_NUMBERS: MetaNumbers = { code: null, subcode: null, type: null, fbtraceId: null };

/**
 * The only error that leaves `src/meta`. The HTTP client's own errors stay inside: their message, stack and
 * options hold the URL with the token. It therefore has no `cause`.
 */
export class MetaError extends Error {
  override readonly name = 'MetaError';
  readonly endpoint: Endpoint;
  readonly errorClass: MetaErrorClass;
  readonly code: ErrorCode;
  readonly status: number | null;
  readonly meta: MetaNumbers;
  /** Milliseconds until Meta accepts calls again; null for whatever is no `rate_limit`. */
  readonly regainMs: number | null;
  readonly requestSent: boolean;
  readonly refused: boolean;
  readonly userAction: string;
  readonly diagnosis: string | null;

  constructor(options: MetaErrorOptions) {
    const meta = options.meta ?? NO_NUMBERS;
    super(describe(options, meta));
    this.endpoint = options.endpoint;
    this.errorClass = options.errorClass;
    this.code = options.code;
    this.status = options.status;
    this.meta = meta;
    this.regainMs = options.regainMs ?? (options.errorClass === 'rate_limit' ? UNKNOWN_PAUSE_MS : null);
    this.requestSent = options.requestSent;
    this.refused = options.refused;
    this.userAction = options.userAction ?? errorTraits[options.code].userAction;
    this.diagnosis = options.diagnosis ?? null;
  }

  /** Whether the same call can succeed later without anybody changing anything. */
  get retryable(): boolean {
    return this.errorClass === 'transient' || this.errorClass === 'rate_limit';
  }

  /** This failure as part of our contract, named after the step of the ladder in which it happened. */
  toAppError(step: string): AppError {
    return new AppError(this.code, this.message, {
      step,
      retryable: this.retryable,
      userAction: this.userAction,
      meta: this.meta,
      ...(this.regainMs === null ? {} : { retryAfterSeconds: Math.ceil(this.regainMs / SECOND) }),
    });
  }
}

function describe(options: MetaErrorOptions, meta: MetaNumbers): string {
  const numbers = [
    meta.code === null ? null : `code ${meta.code}`,
    meta.subcode === null ? null : `subcode ${meta.subcode}`,
    options.status === null ? null : `HTTP ${options.status}`,
  ].filter((part) => part !== null);
  const suffix = numbers.length === 0 ? '' : ` (${numbers.join(', ')})`;
  return `${PHRASES[options.errorClass]}${suffix}: ${options.endpoint}`;
}

const PHRASES: Readonly<Record<MetaErrorClass, string>> = {
  transient: 'Meta could not be reached or had a passing fault',
  rate_limit: 'Meta limits our calls',
  reauthorization: 'Meta no longer accepts this code or token',
  permission: 'Meta says that a permission is missing',
  configuration: "Meta refused because of the app's configuration",
  bad_answer: 'Meta sent an answer that is not the documented one',
};
