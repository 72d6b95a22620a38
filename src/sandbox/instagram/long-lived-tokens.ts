import { plus } from '../../time.js';
import { ok, type Answer } from '../answer.js';
import type { Call } from '../call.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import { LONG_TOKEN_EXPIRES_IN_SECONDS, LONG_TOKEN_LIFETIME_MS, REFRESH_FLOOR_MS } from '../lifetimes.js';
import type { Platform } from '../platform.js';
import { basicScope } from '../scopes.js';
import {
  checkProof,
  requireInstagramToken,
  requireInstagramTokenText,
  requireLiveToken,
  requireScope,
} from '../token-checks.js';
import type { Token } from '../tokens.js';
import { worlds } from '../worlds.js';

/**
 * The app is recognised by its secret before the token is looked at. A `client_id` is tolerated and ignored.
 *
 * @see Meta: "Access Token", Instagram Platform reference
 */
export function exchangeForLongLived(platform: Platform, call: Call): Answer {
  const value = requireInstagramTokenText(call);
  const secret = call.params['client_secret'];
  const world = worlds.find((name) => platform.apps[name].clientSecret === secret);
  if (world === undefined || world === 'facebook') throw new Refusal(errors.wrongClientSecret());
  const token = requireLiveToken(platform, value, 'IGAA', call.now);
  if (token.grant.person.world !== world) throw new Refusal(errors.wrongClientSecret());
  checkProof(call, value, platform.apps[world].clientSecret);
  if (token.grant.person.traits.longLived === 'capability') throw new Refusal(errors.noCapability());
  // Meta documents the exchange for short-lived tokens only; how it words this refusal is a guess.
  if (token.isLongLived) throw new Refusal(errors.invalidParameter('The access token is long-lived already'));
  return longLivedAnswer(platform, token, call.now);
}

/** @see Meta: "Refresh Access Token", Instagram Platform reference */
export function refreshAccessToken(platform: Platform, call: Call): Answer {
  const token = requireInstagramToken(platform, call);
  requireScope(token, basicScope[token.grant.person.world]);
  if (call.now.getTime() - token.issuedAt.getTime() < REFRESH_FLOOR_MS) {
    throw new Refusal(errors.tooYoungToRefresh());
  }
  if (!platform.refreshKeepsText) return longLivedAnswer(platform, token, call.now);
  token.issuedAt = call.now;
  token.expiresAt = plus(call.now, LONG_TOKEN_LIFETIME_MS);
  return longLived(token);
}

/** The token that it comes from stays valid until its own end; Meta says nothing about it. */
function longLivedAnswer(platform: Platform, from: Token, now: Date): Answer {
  const token = platform.tokens.mint({
    family: 'IGAA',
    kind: 'user',
    grant: from.grant,
    pageId: null,
    isLongLived: true,
    issuedAt: now,
    expiresAt: plus(now, LONG_TOKEN_LIFETIME_MS),
  });
  return longLived(token);
}

function longLived({ value }: Token): Answer {
  return ok({ access_token: value, token_type: 'bearer', expires_in: LONG_TOKEN_EXPIRES_IN_SECONDS }, value);
}
