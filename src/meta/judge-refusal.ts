import type { ErrorCode, MetaNumbers } from '../errors.js';
import { HOUR } from '../time.js';
import type { Endpoint } from './hosts.js';
import { messageFragments } from './message-fragments.js';
import type { MetaErrorClass } from './meta-error.js';

/** A refusal in either of Meta's two shapes, brought to one form. */
export interface Refusal {
  readonly shape: 'graph' | 'flat';
  readonly message: string;
  readonly isTransient: boolean;
  readonly numbers: MetaNumbers;
}

export interface Judgement {
  readonly errorClass: MetaErrorClass;
  readonly code: ErrorCode;
  readonly userAction?: string;
  /** Milliseconds before which no call makes sense, whatever the headers say. */
  readonly regainMs?: number;
}

/** App, user, page and call limits; 341; the business use case limits 80000 to 80014. */
const RATE_LIMIT_CODES = new Set([4, 17, 32, 341, 613]);

/** Meta blocks for policy reasons: knocking again within hours makes it worse. */
const POLICY_BLOCK = 368;

/** What a person can do about a dead token, by `error_subcode` of code 190. */
const REAUTHORIZATION_ACTIONS: Readonly<Record<number, string>> = {
  458: 'Connect the Instagram account again; the app was removed from the account.',
  459: 'Log in at facebook.com, follow the instructions there, then connect the Instagram account again.',
  460: 'Connect the Instagram account again; its password was changed or its sessions were ended.',
  463: 'Connect the Instagram account again; its authorization has expired.',
  464: 'Confirm the Facebook account at facebook.com, then connect the Instagram account again.',
  492: 'Ask for a role on the Facebook Page, then connect the Instagram account again.',
};

const TRANSIENT: Judgement = { errorClass: 'transient', code: 'META_UNAVAILABLE' };
const RATE_LIMIT: Judgement = { errorClass: 'rate_limit', code: 'META_RATE_LIMITED' };
const CODE_INVALID: Judgement = { errorClass: 'reauthorization', code: 'CODE_INVALID' };
const MISSING_PERMISSION: Judgement = { errorClass: 'permission', code: 'MISSING_PERMISSION' };
const APP_MISCONFIGURED: Judgement = { errorClass: 'configuration', code: 'APP_MISCONFIGURED' };
const BAD_ANSWER: Judgement = { errorClass: 'bad_answer', code: 'META_BAD_RESPONSE' };

/**
 * Decides what a refusal means, by endpoint, code, subcode and type; by its text only where Meta gives no
 * number that tells (see `message-fragments.ts`), and by its HTTP status only where there is no number at all.
 *
 * @see https://developers.facebook.com/docs/graph-api/guides/error-handling
 */
export function judgeRefusal(endpoint: Endpoint, refusal: Refusal, status: number): Judgement {
  return refusal.shape === 'flat'
    ? judgeFlat(endpoint, refusal, status)
    : judgeGraph(endpoint, refusal, status);
}

/** `{error_type, code, error_message}` of api.instagram.com, where `code` repeats the HTTP status. */
function judgeFlat(endpoint: Endpoint, refusal: Refusal, status: number): Judgement {
  const code = refusal.numbers.code ?? (status < 400 ? 400 : status);
  if (code === 429 || (code >= 500 && code < 600)) return judgeStatus(code);
  // Some answers of this host carry a Graph code in the flat shape.
  if (code < 400 || code > 499) return judgeGraph(endpoint, refusal, status);
  const unknown = endpoint === 'code_exchange' && code === 400 ? CODE_INVALID : BAD_ANSWER;
  return byText(refusal.message) ?? unknown;
}

function judgeGraph(endpoint: Endpoint, refusal: Refusal, status: number): Judgement {
  const { code, subcode } = refusal.numbers;
  if (code === null)
    return refusal.isTransient ? TRANSIENT : (byText(refusal.message) ?? judgeStatus(status));
  if (RATE_LIMIT_CODES.has(code) || (code >= 80_000 && code <= 80_014)) return RATE_LIMIT;
  if (code === POLICY_BLOCK) return { ...RATE_LIMIT, regainMs: 6 * HOUR };
  if (code === 190) return judgeDeadToken(subcode);
  if (code === 102) return { errorClass: 'reauthorization', code: 'REAUTHORIZATION_REQUIRED' };
  if (code === 1) return byText(refusal.message) ?? TRANSIENT;
  if (code === 2 || refusal.isTransient) return TRANSIENT;
  if (code === 3 || code === 101 || code === 191) return APP_MISCONFIGURED;
  if (code === 10 || (code >= 200 && code <= 299)) return byText(refusal.message) ?? MISSING_PERMISSION;
  if (code === 100) return judgeInvalidParameter(endpoint, refusal);
  return BAD_ANSWER;
}

function judgeDeadToken(subcode: number | null): Judgement {
  const userAction = subcode === null ? undefined : REAUTHORIZATION_ACTIONS[subcode];
  return {
    errorClass: 'reauthorization',
    code: 'REAUTHORIZATION_REQUIRED',
    ...(userAction === undefined ? {} : { userAction }),
  };
}

function judgeInvalidParameter(endpoint: Endpoint, refusal: Refusal): Judgement {
  switch (refusal.numbers.subcode) {
    case 36007: // expired
    case 36009: // used
      return CODE_INVALID;
    case 36008:
      return { errorClass: 'configuration', code: 'REDIRECT_URI_MISMATCH' };
    case 33: // the object does not exist, or a permission for it is missing
      return MISSING_PERMISSION;
    default:
      return byText(refusal.message) ?? (endpoint === 'code_exchange' ? CODE_INVALID : BAD_ANSWER);
  }
}

function byText(message: string): Judgement | undefined {
  const text = message.toLowerCase();
  const found = messageFragments.find(({ fragment }) => text.includes(fragment));
  return found && { errorClass: found.errorClass, code: found.code };
}

/** What an HTTP status alone says, for an answer that holds no number of Meta's. */
export function judgeStatus(status: number, contentType = ''): Judgement {
  if (status === 429) return RATE_LIMIT;
  if (status >= 500) return TRANSIENT;
  // An HTML page with a 4xx comes from something before Meta's API, and passes.
  if (status >= 400 && contentType.includes('html')) return TRANSIENT;
  return BAD_ANSWER;
}
