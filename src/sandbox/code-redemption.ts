import type { Code } from './codes.js';
import type { Platform } from './platform.js';
import type { World } from './worlds.js';

export type CodeProblem = 'unknown' | 'used' | 'expired' | 'other_redirect_uri';

/**
 * Spends a code. One that is refused for its redirect URI is not spent by that: the app may try again with
 * the right one (a guess).
 */
export function redeemCode(
  platform: Platform,
  world: World,
  params: { readonly code: string; readonly redirectUri: string | undefined; readonly now: Date },
): Code | CodeProblem {
  const code = platform.codes.find(params.code);
  if (code === null || code.grant.person.world !== world) return 'unknown';
  if (code.isUsed) return 'used';
  if (code.expiresAt <= params.now) return 'expired';
  if (code.redirectUri !== params.redirectUri) return 'other_redirect_uri';
  code.isUsed = true;
  return code;
}
