import { plus } from '../../time.js';
import { ok, type Answer } from '../answer.js';
import type { Call } from '../call.js';
import { redeemCode, type CodeProblem } from '../code-redemption.js';
import { Refusal, type GraphError } from '../graph-error.js';
import { SHORT_TOKEN_LIFETIME_MS } from '../lifetimes.js';
import type { Person } from '../people.js';
import type { TokenFamily } from '../personas.js';
import type { Platform } from '../platform.js';
import { findWorld } from '../worlds.js';
import { exchangeBody } from './exchange-body.js';

const requiredFields = ['client_id', 'client_secret', 'grant_type', 'redirect_uri', 'code'] as const;

/** The first two texts are from public reports, and which of them an expired code gets is a guess. */
const codeProblems: Readonly<Record<CodeProblem, { message: string; subcode?: number }>> = {
  used: { message: 'This authorization code has been used', subcode: 36_009 },
  unknown: { message: 'Matching code was not found or was already used' },
  expired: { message: 'Matching code was not found or was already used', subcode: 36_007 },
  other_redirect_uri: {
    message:
      'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request',
    subcode: 36_008,
  },
};

/**
 * Only the body counts, and only a form: fields in the query, or in JSON, are as good as absent.
 *
 * @see Meta: "Business Login for Instagram", exchange the code for a token
 */
export function exchangeInstagramCode(platform: Platform, call: Call): Answer {
  const { form, now } = call;
  const missing = requiredFields.find((field) => (form[field] ?? '') === '');
  if (missing !== undefined) throw refusal(platform, 100, `Missing required field ${missing}`);
  const world = findWorld(platform.apps, form['client_id']);
  if (world === null || world === 'facebook') throw refusal(platform, 191, 'Invalid platform app');
  if (form['client_secret'] !== platform.apps[world].clientSecret) {
    throw refusal(platform, 1, 'Error validating client secret.');
  }
  if (form['grant_type'] !== 'authorization_code') throw refusal(platform, 100, 'Invalid grant_type');
  const code = redeemCode(platform, world, {
    code: form['code'] ?? '',
    redirectUri: form['redirect_uri'],
    now,
  });
  if (typeof code === 'string') {
    const { message, subcode } = codeProblems[code];
    throw refusal(platform, 100, message, subcode);
  }
  const { person, granted } = code.grant;
  const token = platform.tokens.mint({
    family: tokenFamily(person),
    kind: 'user',
    grant: code.grant,
    pageId: null,
    isLongLived: false,
    issuedAt: now,
    expiresAt: plus(now, SHORT_TOKEN_LIFETIME_MS),
  });
  const insistsOnNumber = person.traits.appScopedId !== undefined;
  const shape = platform.exchangeShapes.next((name) => !insistsOnNumber || name !== 'wrapped_string');
  return ok(
    exchangeBody(shape, { accessToken: token.value, userId: person.appScopedId, permissions: [...granted] }),
    token.value,
  );
}

export function tokenFamily(person: Person): TokenFamily {
  if (person.world === 'instagram') return 'IGAA';
  const { documentedTokens } = person.traits;
  return documentedTokens[person.consents - 1] ?? documentedTokens.at(-1) ?? 'IGAA';
}

/** The numbers show only in the Graph shape. */
function refusal(platform: Platform, code: number, message: string, subcode?: number): Refusal {
  const error: GraphError = {
    status: 400,
    type: 'OAuthException',
    code,
    message,
    isFlat: platform.errorShapes.next() === 'flat',
    ...(subcode === undefined ? {} : { subcode }),
  };
  return new Refusal(error);
}
