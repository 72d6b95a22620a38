import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { errorTraits, type ErrorCode } from '../../../src/errors.js';
import type { Endpoint } from '../../../src/meta/hosts.js';
import { judgeStatus } from '../../../src/meta/judge-refusal.js';
import { MetaError, type MetaErrorClass } from '../../../src/meta/meta-error.js';
import { readAnswer } from '../../../src/meta/read-answer.js';
import { HOUR, MINUTE } from '../../../src/time.js';

/** As the client judges a body that arrived. */
function judged(endpoint: Endpoint, body: object, status = 400, regainMs: number | null = null): MetaError {
  const raw = { status, contentType: 'application/json', regainMs, text: JSON.stringify(body) };
  try {
    readAnswer({ endpoint, schema: z.unknown(), secrets: [] }, raw);
  } catch (error) {
    if (error instanceof MetaError) return error;
    throw error;
  }
  throw new Error(`Not taken for a refusal: ${raw.text}`);
}

function graph(code: number | null, subcode: number | null = null, message = 'x', type = 'OAuthException') {
  return {
    error: {
      message,
      type,
      ...(code === null ? {} : { code }),
      ...(subcode === null ? {} : { error_subcode: subcode }),
      fbtrace_id: 'A-example',
    },
  };
}

function flat(message: string, code: unknown = 400) {
  return { error_type: 'OAuthException', code, error_message: message };
}

const ANY = 'ig_me';

type Verdict = readonly [MetaErrorClass, ErrorCode];
const TRANSIENT: Verdict = ['transient', 'META_UNAVAILABLE'];
const RATE_LIMIT: Verdict = ['rate_limit', 'META_RATE_LIMITED'];
const DEAD_TOKEN: Verdict = ['reauthorization', 'REAUTHORIZATION_REQUIRED'];
const DEAD_CODE: Verdict = ['reauthorization', 'CODE_INVALID'];
const PERMISSION: Verdict = ['permission', 'MISSING_PERMISSION'];
const MISCONFIGURED: Verdict = ['configuration', 'APP_MISCONFIGURED'];
const NOT_APPROVED: Verdict = ['configuration', 'APP_NOT_APPROVED'];
const OTHER_REDIRECT: Verdict = ['configuration', 'REDIRECT_URI_MISMATCH'];
const BAD_ANSWER: Verdict = ['bad_answer', 'META_BAD_RESPONSE'];

/** The rows of Meta's own table of errors, by code, subcode, text, endpoint and what they mean. */
const graphRows: ReadonlyArray<readonly [number, number | null, string, Endpoint, Verdict]> = [
  [1, null, 'An unknown error occurred', ANY, TRANSIENT],
  [1, null, 'An unknown error occurred', 'code_exchange', TRANSIENT],
  [1, null, 'Error validating client secret.', 'code_exchange', MISCONFIGURED],
  [1, null, 'Error validating client secret.', 'fb_exchange_token', MISCONFIGURED],
  [2, null, 'An unexpected error has occurred. Please retry your request later.', ANY, TRANSIENT],
  [3, null, '(#3) Application does not have the capability', 'ig_exchange_token', MISCONFIGURED],
  [4, null, '(#4) Application request limit reached', 'me_accounts', RATE_LIMIT],
  [10, null, '(#10) Application does not have permission for this action', ANY, PERMISSION],
  [10, null, 'Insufficient developer role', ANY, NOT_APPROVED],
  [17, null, 'User request limit reached', ANY, RATE_LIMIT],
  [17, 2_446_079, 'User request limit reached', ANY, RATE_LIMIT],
  [32, null, 'Page request limit reached', 'page_profile', RATE_LIMIT],
  [100, null, '(#100) Tried accessing nonexisting field (x)', ANY, BAD_ANSWER],
  [100, null, '(#100) Invalid parameter', 'code_exchange', DEAD_CODE],
  [100, null, 'Unsupported request - method type: get', ANY, NOT_APPROVED],
  [100, null, 'Unsupported request - method type: post', 'ig_exchange_token', NOT_APPROVED],
  [100, null, 'Invalid appsecret_proof provided in the API argument', 'fb_me', MISCONFIGURED],
  [100, null, 'API calls from the server require an appsecret_proof argument', 'fb_me', MISCONFIGURED],
  [100, 33, "Unsupported get request. Object with ID '1' does not exist", 'page_profile', PERMISSION],
  [100, 36_007, 'This authorization code has expired.', 'code_exchange', DEAD_CODE],
  [100, 36_008, 'Please make sure your redirect_uri is identical', 'code_exchange', OTHER_REDIRECT],
  [100, 36_009, 'This authorization code has been used.', 'code_exchange', DEAD_CODE],
  [101, null, 'Error validating application. Invalid application ID.', 'fb_exchange_token', MISCONFIGURED],
  [102, null, 'Session key invalid or no longer valid', ANY, DEAD_TOKEN],
  [190, null, 'Invalid OAuth access token - Cannot parse access token', 'fb_me', DEAD_TOKEN],
  [190, null, 'Invalid OAuth access token.', 'fb_exchange_token', DEAD_TOKEN],
  [190, 458, 'The user has not authorized application 1', ANY, DEAD_TOKEN],
  [190, 459, 'log in to www.facebook.com', ANY, DEAD_TOKEN],
  [190, 460, 'The session has been invalidated', ANY, DEAD_TOKEN],
  [190, 463, 'Session has expired', ANY, DEAD_TOKEN],
  [190, 464, 'the user is not a confirmed user', ANY, DEAD_TOKEN],
  [190, 467, 'the user logged out', ANY, DEAD_TOKEN],
  [190, 492, 'no role on this Page', 'page_profile', DEAD_TOKEN],
  [191, null, 'Invalid platform app', 'code_exchange', MISCONFIGURED],
  [199, null, 'x', ANY, BAD_ANSWER],
  [200, null, '(#200) Requires pages_show_list permission', 'me_accounts', PERMISSION],
  [200, null, 'API access blocked.', ANY, MISCONFIGURED],
  [230, null, '(#230) Requires pages_messaging permission', ANY, PERMISSION],
  [299, null, 'x', ANY, PERMISSION],
  [300, null, 'x', ANY, BAD_ANSWER],
  [341, null, 'Application limit reached', ANY, RATE_LIMIT],
  [368, null, 'The action attempted has been deemed abusive', ANY, RATE_LIMIT],
  [613, null, 'Calls to this api have exceeded the rate limit.', ANY, RATE_LIMIT],
  [803, null, 'Some of the aliases you requested do not exist', ANY, BAD_ANSWER],
  [2500, null, 'An active access token must be used', ANY, BAD_ANSWER],
  [79_999, null, 'x', ANY, BAD_ANSWER],
  [80_000, null, 'x', ANY, RATE_LIMIT],
  [80_001, 2_446_079, 'There have been too many calls to this Page account.', 'page_profile', RATE_LIMIT],
  [80_002, 2_446_079, 'There have been too many calls to this Instagram account.', ANY, RATE_LIMIT],
  [80_004, 2_446_079, 'There have been too many calls to this ad-account.', ANY, RATE_LIMIT],
  [80_006, null, 'x', ANY, RATE_LIMIT],
  [80_014, null, 'x', ANY, RATE_LIMIT],
  [80_015, null, 'x', ANY, BAD_ANSWER],
  [0, null, 'x', ANY, BAD_ANSWER],
  [-1, null, 'x', ANY, BAD_ANSWER],
];

test.for(graphRows)(
  'Code %i, subcode %s, "%s" at %s is %o, whatever the HTTP status.',
  ([code, subcode, message, endpoint, [errorClass, publicCode]]) => {
    for (const status of [200, 400, 401, 403, 429, 500, 503]) {
      const error = judged(endpoint, graph(code, subcode, message), status);
      expect(error).toMatchObject({
        errorClass,
        code: publicCode,
        endpoint,
        status,
        refused: true,
        requestSent: true,
      });
      expect(error.retryable).toBe(errorClass === 'transient' || errorClass === 'rate_limit');
      expect(error.userAction).toMatch(/^[A-Z].*\.$/);
      expect(error.meta).toEqual({ code, subcode, type: 'OAuthException', fbtraceId: 'A-example' });
    }
  },
);

test.for(['IGApiException', 'GraphMethodException', 'OAuthException'])(
  'The type %s changes nothing: throttles and dead tokens carry the same ones.',
  (type) => {
    for (const [code, subcode, message, endpoint, [errorClass]] of graphRows) {
      expect(judged(endpoint, graph(code, subcode, message, type)).errorClass).toBe(errorClass);
    }
  },
);

test.for([458, 459, 460, 463, 464, 492])(
  'Code 190 with subcode %i tells the person what happened.',
  (subcode) => {
    const { userAction } = judged(ANY, graph(190, subcode));
    expect(userAction).not.toBe(errorTraits.REAUTHORIZATION_REQUIRED.userAction);
    expect(userAction).toMatch(/connect the Instagram account again/i);
  },
);

test('A dead token whose subcode says no more asks for a new connection.', () => {
  for (const subcode of [null, 467, 999]) {
    expect(judged(ANY, graph(190, subcode)).userAction).toBe(errorTraits.REAUTHORIZATION_REQUIRED.userAction);
  }
});

test('A refusal that says it is transient is, unless its number says something graver.', () => {
  const transient = (code: number | null): MetaErrorClass => {
    const { error } = graph(code);
    return judged(ANY, { error: { ...error, is_transient: true } }).errorClass;
  };
  expect([null, 1, 2, 100, 9999].map(transient)).toEqual(Array(5).fill('transient'));
  expect([4, 17, 80_002, 368].map(transient)).toEqual(Array(4).fill('rate_limit'));
  expect([102, 190].map(transient)).toEqual(Array(2).fill('reauthorization'));
});

test('A block for policy reasons lasts at least six hours, a rate limit as long as the headers say.', () => {
  expect(judged(ANY, graph(368)).regainMs).toBe(6 * HOUR);
  expect(judged(ANY, graph(368), 400, MINUTE).regainMs).toBe(6 * HOUR);
  expect(judged(ANY, graph(368), 400, 9 * HOUR).regainMs).toBe(9 * HOUR);
  expect(judged(ANY, graph(4), 400, 19 * MINUTE).regainMs).toBe(19 * MINUTE);
  // Meta did not say when: it is asked again after a while.
  expect(judged(ANY, graph(4)).regainMs).toBe(5 * MINUTE);
  // The headers come with every answer: on another refusal they do not mean it.
  expect(judged(ANY, graph(190), 400, 19 * MINUTE).regainMs).toBeNull();
});

/** The flat shape of api.instagram.com, where the number tells nothing. */
const flatRows: ReadonlyArray<readonly [string, Verdict]> = [
  ['Matching code was not found or was already used', DEAD_CODE],
  ['Invalid authorization code', DEAD_CODE],
  ['This authorization code has been used', DEAD_CODE],
  [
    'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request',
    OTHER_REDIRECT,
  ],
  ['Invalid redirect_uri', OTHER_REDIRECT],
  ['Invalid platform app', MISCONFIGURED],
  ['Invalid client_id', MISCONFIGURED],
  ['INVALID CLIENT ID', MISCONFIGURED],
  ['Missing required field client_id', MISCONFIGURED],
  ['Error validating client secret.', MISCONFIGURED],
  ['Insufficient developer role', NOT_APPROVED],
  ['Unsupported request - method type: post', NOT_APPROVED],
];

test.for(flatRows)('The flat refusal "%s" is %o.', ([message, [errorClass, code]]) => {
  for (const number of [400, '400', undefined, null]) {
    for (const status of [400, 200]) {
      const error = judged('code_exchange', flat(message, number), status);
      expect(error).toMatchObject({ errorClass, code, retryable: false, refused: true });
      expect(error.userAction).toMatch(/^[A-Z].*\.$/);
    }
  }
});

test('An unknown flat 400 is a dead code at the exchange, and a bad answer elsewhere.', () => {
  for (const message of ['Something that nobody has seen', '']) {
    expect(judged('code_exchange', flat(message))).toMatchObject({ code: 'CODE_INVALID', retryable: false });
    for (const endpoint of [
      'ig_exchange_token',
      'ig_me',
      'refresh_access_token',
      'fb_exchange_token',
    ] as const) {
      expect(judged(endpoint, flat(message)).code).toBe('META_BAD_RESPONSE');
    }
  }
});

test('The other numbers of the flat shape are a status, or a Graph code.', () => {
  const classOf = (code: number): MetaErrorClass => judged('code_exchange', flat('x', code)).errorClass;
  expect(classOf(429)).toBe('rate_limit');
  expect([500, 502, 503].map(classOf)).toEqual(['transient', 'transient', 'transient']);
  expect([401, 403].map(classOf)).toEqual(['bad_answer', 'bad_answer']);
  expect([2, 4, 190, 101].map(classOf)).toEqual([
    'transient',
    'rate_limit',
    'reauthorization',
    'configuration',
  ]);
  expect(judged('code_exchange', flat('Insufficient developer role', 403)).code).toBe('APP_NOT_APPROVED');
});

test('A refusal without any number is judged by its words, then by its status.', () => {
  const bare = { error: { message: 'Sorry' } };
  expect(judged(ANY, bare, 400).errorClass).toBe('bad_answer');
  expect(judged(ANY, bare, 200).errorClass).toBe('bad_answer');
  expect(judged(ANY, bare, 500).errorClass).toBe('transient');
  expect(judged(ANY, bare, 429).errorClass).toBe('rate_limit');
  expect(judged(ANY, { error: { message: 'Invalid platform app' } }, 500).code).toBe('APP_MISCONFIGURED');
  const flatBare = { error_message: 'Sorry' };
  expect(judged('code_exchange', flatBare, 400).code).toBe('CODE_INVALID');
  expect(judged('code_exchange', flatBare, 503).errorClass).toBe('transient');
  expect(judged('code_exchange', flatBare, 429).errorClass).toBe('rate_limit');
});

test.for([
  [429, 'text/html', RATE_LIMIT],
  [429, '', RATE_LIMIT],
  [500, 'application/json', TRANSIENT],
  [502, 'text/html', TRANSIENT],
  [504, '', TRANSIENT],
  [403, 'text/html; charset=utf-8', TRANSIENT],
  [404, 'application/json', BAD_ANSWER],
  [400, 'text/plain', BAD_ANSWER],
  [302, 'text/html', BAD_ANSWER],
  [200, 'text/html', BAD_ANSWER],
] as const)('A status of %i alone, with "%s", is %o.', ([status, contentType, [errorClass, code]]) => {
  expect(judgeStatus(status, contentType)).toEqual({ errorClass, code });
});

test('Every number has exactly one meaning, and only passing ones are retryable.', () => {
  const number = fc.integer({ min: -10, max: 100_000 });
  fc.assert(
    fc.property(number, fc.option(number), fc.string(), fc.boolean(), (code, subcode, message, isFlat) => {
      const error = judged('code_exchange', isFlat ? flat(message, code) : graph(code, subcode, message));
      expect(error.message).not.toContain('undefined');
      expect(error.retryable).toBe(['META_UNAVAILABLE', 'META_RATE_LIMITED'].includes(error.code));
    }),
  );
});
