import type { ZodType } from 'zod';
import { scrub } from '../scrub.js';
import type { Endpoint } from './hosts.js';
import { judgeRefusal, judgeStatus } from './judge-refusal.js';
import { parseJsonLosslessly } from '../lossless-json.js';
import { MetaError, type MetaErrorOptions } from './meta-error.js';
import { readRefusal } from './wire.js';

/** An answer that arrived whole. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Milliseconds until Meta takes calls again, as far as the headers say. */
  readonly regainMs: number | null;
  readonly text: string;
}

export interface Expected<T> {
  readonly endpoint: Endpoint;
  readonly schema: ZodType<T>;
  /** What was sent and must not be shown, in case that Meta's own words repeat it. */
  readonly secrets: readonly string[];
}

/** Longer words of Meta's are cut off. */
const DIAGNOSIS_LENGTH = 300;

/**
 * The body of a good answer.
 *
 * @throws MetaError for a refusal (whatever its HTTP status), and for everything that is not as documented
 */
export function readAnswer<T>(expected: Expected<T>, raw: RawAnswer): T {
  let body: unknown;
  try {
    body = parseJsonLosslessly(raw.text);
  } catch {
    const mediaType = raw.contentType.split(';')[0] || 'of no stated type';
    throw failure(expected, raw, {
      ...judgeStatus(raw.status, raw.contentType),
      diagnosis: `The answer is not JSON but ${mediaType}.`,
    });
  }
  const refusal = readRefusal(body);
  if (refusal !== null) {
    const { type, fbtraceId } = refusal.numbers;
    throw failure(expected, raw, {
      ...judgeRefusal(expected.endpoint, refusal, raw.status),
      refused: true,
      meta: {
        ...refusal.numbers,
        type: type && scrub(type, expected.secrets),
        fbtraceId: fbtraceId && scrub(fbtraceId, expected.secrets),
      },
      diagnosis: refusal.message,
    });
  }
  if (raw.status < 200 || raw.status > 299) {
    throw failure(expected, raw, judgeStatus(raw.status, raw.contentType));
  }
  const parsed = expected.schema.safeParse(body);
  if (!parsed.success) {
    // Only where it differs, never what stood there: the value may be a token.
    const places = parsed.error.issues.map((issue) => issue.path.join('.') || '(root)');
    throw badAnswer(expected.endpoint, raw.status, `Not as documented: ${places.slice(0, 5).join(', ')}.`);
  }
  return parsed.data;
}

/** Meta answered, but not what its documentation says. */
export function badAnswer(endpoint: Endpoint, status: number | null, diagnosis: string): MetaError {
  return new MetaError({
    endpoint,
    errorClass: 'bad_answer',
    code: 'META_BAD_RESPONSE',
    status,
    requestSent: true,
    refused: false,
    diagnosis,
  });
}

type Failure = Pick<MetaErrorOptions, 'errorClass' | 'code'> & Partial<MetaErrorOptions>;

function failure({ endpoint, secrets }: Expected<unknown>, raw: RawAnswer, why: Failure): MetaError {
  const { diagnosis, regainMs, ...rest } = why;
  const longest = Math.max(regainMs ?? 0, raw.regainMs ?? 0);
  return new MetaError({
    endpoint,
    status: raw.status,
    requestSent: true,
    refused: false,
    ...rest,
    ...(diagnosis === undefined ? {} : { diagnosis: scrub(diagnosis, secrets).slice(0, DIAGNOSIS_LENGTH) }),
    ...(why.errorClass === 'rate_limit' && longest > 0 ? { regainMs: longest } : {}),
  });
}
