import type { JsonObject } from './json.js';
import { randomText } from './random-text.js';

/** A refusal of Meta's, before it is put into one of the two shapes that Meta writes. */
export interface GraphError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly code: number;
  readonly subcode?: number;
  readonly isTransient?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** api.instagram.com answers its own refusals in the flat shape. */
  readonly isFlat?: boolean;
}

/** Thrown by whatever cannot go on; the server turns it into an answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(readonly error: GraphError) {
    super(error.message);
  }
}

/** A mistake that Meta shows on its own page, so that the app never hears of it. */
export class PageRefusal extends Error {
  override readonly name = 'PageRefusal';

  constructor(
    readonly title: string,
    message: string,
  ) {
    super(message);
  }
}

export function createTraceId(): string {
  return `A${randomText(24).slice(0, 22)}`;
}

/**
 * The shape of Graph hosts. api.instagram.com writes it at times too, then without a trace id.
 *
 * @see Meta: "Handling Errors"
 */
export function graphShape(error: GraphError, traceId: string | null): JsonObject {
  return {
    error: {
      message: error.message,
      type: error.type,
      ...(error.isTransient === undefined ? {} : { is_transient: error.isTransient }),
      code: error.code,
      ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
      ...(traceId === null ? {} : { fbtrace_id: traceId }),
    },
  };
}

/** @see Meta: "Business Login for Instagram", the token request's sample rejected response */
export function flatShape(error: GraphError): JsonObject {
  return { error_type: error.type, code: 400, error_message: error.message };
}

/** The header that Graph hosts send with a 4xx; public reports show these three words. */
export function challenge(error: GraphError): string {
  const isAboutCode = [36_007, 36_008, 36_009].includes(error.subcode ?? 0);
  const word = isAboutCode ? 'invalid_code' : error.code === 190 ? 'invalid_token' : 'invalid_request';
  return `OAuth "Facebook Platform" "${word}" "${error.message.replaceAll('"', "'")}"`;
}
