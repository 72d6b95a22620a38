import { plus } from '../../time.js';
import { ok, type Answer } from '../answer.js';
import type { Call } from '../call.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import { LONG_TOKEN_EXPIRES_IN_SECONDS, LONG_TOKEN_LIFETIME_MS } from '../lifetimes.js';
import type { Platform } from '../platform.js';
import { checkProof, requireLiveToken } from '../token-checks.js';
import { requireApp } from './app-check.js';

/**
 * A long-lived user token for a user token that still lives, short-lived or not.
 *
 * @see Meta: "Get Long-Lived Tokens", long-lived User access token
 */
export function exchangeForLongLivedUserToken(platform: Platform, call: Call): Answer {
  const world = requireApp(platform, call);
  const value = call.params['fb_exchange_token'] ?? '';
  const known = platform.tokens.find(value);
  // The documented world's app is an Instagram app to Meta whenever the token is Instagram's.
  if (world === 'documented' && known?.family === 'IGAA') throw new Refusal(errors.appWithoutInfo());
  if (known?.family === 'IGAA') throw new Refusal(errors.cannotParseToken());
  // That a page's token, or one that was given to another app, counts as no token is a guess.
  if (known === null || known.kind === 'page' || known.grant.person.world !== world) {
    throw new Refusal(errors.invalidToken());
  }
  const token = requireLiveToken(platform, value, 'EAA', call.now);
  checkProof(call, value, platform.apps[world].clientSecret);
  const { longLived } = token.grant.person.traits;
  if (longLived === 'app_unknown') throw new Refusal(errors.appWithoutInfo());
  if (longLived === 'capability') throw new Refusal(errors.noCapability());
  const minted = platform.tokens.mint({
    family: 'EAA',
    kind: 'user',
    grant: token.grant,
    pageId: null,
    isLongLived: true,
    issuedAt: call.now,
    expiresAt: plus(call.now, LONG_TOKEN_LIFETIME_MS),
  });
  return ok(
    { access_token: minted.value, token_type: 'bearer', expires_in: LONG_TOKEN_EXPIRES_IN_SECONDS },
    minted.value,
  );
}
