import { plus } from '../../time.js';
import { ok, type Answer } from '../answer.js';
import { accessToken, type Call } from '../call.js';
import { Refusal, type GraphError } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import type { JsonObject } from '../json.js';
import { DATA_ACCESS_LIFETIME_MS } from '../lifetimes.js';
import type { Platform } from '../platform.js';
import { findTokenProblem, requireLiveToken } from '../token-checks.js';
import type { Token } from '../tokens.js';
import type { World } from '../worlds.js';
import { appOfToken } from './app-token.js';
import { reachablePages } from './nodes.js';

/** Scopes that are granted page by page, or account by account. */
const pageScopes = /^pages_/;
const accountScopes = /^instagram_/;

/**
 * What Meta knows about `input_token`. A token that is dead or none at all is no failure of this call.
 *
 * @see Meta: "Access Token Debugging"
 */
export function debugToken(platform: Platform, call: Call): Answer {
  const world = requireCaller(platform, call);
  const token = platform.tokens.find(call.params['input_token'] ?? '');
  // No public source shows what Meta says about an Instagram Login token; that it cannot parse one is a guess.
  if (token === null || token.family === 'IGAA') return ok({ data: invalid(errors.cannotParseToken(), {}) });
  if (token.grant.person.world !== world) {
    throw new Refusal(errors.invalidParameter('The App_id in the input_token did not match the Viewing App'));
  }
  const about = describe(platform, token, world);
  const problem = findTokenProblem(platform, token, call.now);
  return ok({ data: problem === null ? { ...about, is_valid: true } : invalid(problem, about) });
}

/** The app by its own token, `{app-id}|{app-secret}`, or one of its people by theirs. */
function requireCaller(platform: Platform, call: Call): World {
  const value = accessToken(call) ?? '';
  return (
    appOfToken(platform, value, call) ?? requireLiveToken(platform, value, 'EAA', call.now).grant.person.world
  );
}

function describe(platform: Platform, token: Token, world: World): JsonObject {
  const { person, granted, consentedAt } = token.grant;
  return {
    app_id: platform.apps[world].clientId,
    type: token.kind === 'page' ? 'PAGE' : 'USER',
    application: 'Moca (sandbox)',
    data_access_expires_at: seconds(plus(consentedAt, DATA_ACCESS_LIFETIME_MS)),
    expires_at: token.expiresAt === null ? 0 : seconds(token.expiresAt),
    issued_at: seconds(token.issuedAt),
    ...(token.pageId === null ? {} : { profile_id: token.pageId }),
    scopes: [...granted],
    granular_scopes: [...granted].map((scope) => granularScope(scope, token)),
    user_id: person.facebookUserId,
  };
}

/** Names pages that a portfolio keeps out of `me/accounts` too. */
function granularScope(scope: string, token: Token): JsonObject {
  const { person } = token.grant;
  const pages = reachablePages(person);
  const targets = pageScopes.test(scope)
    ? pages.map((page) => page.id)
    : accountScopes.test(scope)
      ? pages.flatMap((page) => (page.account === null ? [] : [page.account.id]))
      : [];
  return targets.length === 0 ? { scope } : { scope, target_ids: targets };
}

function invalid(error: GraphError, about: JsonObject): JsonObject {
  const { code, message, subcode } = error;
  return {
    ...about,
    error: { code, message, ...(subcode === undefined ? {} : { subcode }) },
    is_valid: false,
    scopes: about['scopes'] ?? [],
  };
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}
