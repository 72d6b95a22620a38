import type { ErrorCode } from '../errors.js';
import type { MetaErrorClass } from './meta-error.js';

/**
 * Texts by which a refusal is told where Meta gives no number that tells it: the flat `code: 400` of
 * api.instagram.com, code 1, code 100 without subcode, and `API access blocked`. Compared in lower case,
 * first match wins. This list is closed: everything with a number is decided by its number.
 *
 * Each entry is held by a fixture in `test/contract/fixtures`.
 */
export const messageFragments: ReadonlyArray<{
  readonly fragment: string;
  readonly errorClass: MetaErrorClass;
  readonly code: ErrorCode;
}> = [
  // The account has no accepted role on an app without Advanced Access; it has nothing to do with the method.
  { fragment: 'unsupported request - method type', errorClass: 'configuration', code: 'APP_NOT_APPROVED' },
  { fragment: 'insufficient developer role', errorClass: 'configuration', code: 'APP_NOT_APPROVED' },
  { fragment: 'redirect_uri', errorClass: 'configuration', code: 'REDIRECT_URI_MISMATCH' },
  { fragment: 'invalid platform app', errorClass: 'configuration', code: 'APP_MISCONFIGURED' },
  { fragment: 'client id', errorClass: 'configuration', code: 'APP_MISCONFIGURED' },
  { fragment: 'client_id', errorClass: 'configuration', code: 'APP_MISCONFIGURED' },
  { fragment: 'client secret', errorClass: 'configuration', code: 'APP_MISCONFIGURED' },
  { fragment: 'client_secret', errorClass: 'configuration', code: 'APP_MISCONFIGURED' },
  { fragment: 'appsecret_proof', errorClass: 'configuration', code: 'APP_MISCONFIGURED' },
  { fragment: 'api access blocked', errorClass: 'configuration', code: 'APP_MISCONFIGURED' },
  { fragment: 'code was not found', errorClass: 'reauthorization', code: 'CODE_INVALID' },
  { fragment: 'authorization code', errorClass: 'reauthorization', code: 'CODE_INVALID' },
];
