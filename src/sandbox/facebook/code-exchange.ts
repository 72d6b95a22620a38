import { plus } from '../../time.js';
import { ok, type Answer } from '../answer.js';
import type { Call } from '../call.js';
import { redeemCode, type CodeProblem } from '../code-redemption.js';
import { Refusal, type GraphError } from '../graph-error.js';
import { SHORT_TOKEN_LIFETIME_MS } from '../lifetimes.js';
import type { Platform } from '../platform.js';
import { requireApp } from './app-check.js';

/** That a code nobody gave out is called badly formatted, without a subcode, is from public reports. */
const codeProblems: Readonly<Record<CodeProblem, Pick<GraphError, 'message' | 'subcode'>>> = {
  unknown: { message: 'Invalid verification code format.' },
  used: { message: 'This authorization code has been used.', subcode: 36_009 },
  expired: { message: 'This authorization code has expired.', subcode: 36_007 },
  other_redirect_uri: {
    message:
      'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request',
    subcode: 36_008,
  },
};

/** @see Meta: "Manually Build a Login Flow", exchanging code for an access token */
export function exchangeFacebookCode(platform: Platform, call: Call): Answer {
  const world = requireApp(platform, call);
  const { code: value, redirect_uri: redirectUri } = call.params;
  // The documented world's codes belong to api.instagram.com; here they are as good as invented.
  const code =
    world === 'facebook'
      ? redeemCode(platform, world, { code: value ?? '', redirectUri, now: call.now })
      : 'unknown';
  if (typeof code === 'string') {
    throw new Refusal({ status: 400, type: 'OAuthException', code: 100, ...codeProblems[code] });
  }
  const token = platform.tokens.mint({
    family: 'EAA',
    kind: 'user',
    grant: code.grant,
    pageId: null,
    isLongLived: false,
    issuedAt: call.now,
    expiresAt: plus(call.now, SHORT_TOKEN_LIFETIME_MS),
  });
  const expires_in = SHORT_TOKEN_LIFETIME_MS / 1_000;
  return ok({ access_token: token.value, token_type: 'bearer', expires_in }, token.value);
}
