import type { LoginFlow } from '../login-flow.js';
import { END_OF_TIME_MS } from '../time.js';
import type { Cipher } from '../tokens/cipher.js';
import type { Climbed } from '../tokens/ladder/ladder-start.js';
import { freshSchedule } from './scheduled-token.js';
import { sealAccountToken } from './sealed-token.js';

interface TokenSource {
  readonly climbed: Climbed;
  readonly flow: LoginFlow;
  readonly requestedScopes: readonly string[];
  readonly now: Date;
}

/** Everything that a new token brings with it, the profile that it was read with included. */
export function tokenColumns(
  accountId: string,
  cipher: Cipher,
  { climbed, flow, requestedScopes, now }: TokenSource,
) {
  const { token, profile, grantorId, grantedScopes, steps } = climbed;
  // A short-lived token is what is left when everything better was refused: the last refusal is its problem.
  const problem =
    token.kind === 'SHORT_LIVED' ? steps.findLast(({ outcome }) => outcome === 'FAILED')?.problem : null;
  const tokenFacts = {
    tokenKind: token.kind,
    tokenIssuedAt: token.issuedAt,
    tokenExpiry: token.expiresAt,
    // Null where Meta did not tell: who consented to an earlier token may be somebody else.
    grantorId,
  };
  return {
    accountName: profile.username,
    displayName: profile.name ?? profile.username,
    profilePictureUrl: profile.pictureUrl,
    pageId: profile.pageId,
    flow,
    ...tokenFacts,
    ...freshSchedule({ accountId, ...tokenFacts }, now),
    accessToken: sealAccountToken(cipher, accountId, token.value),
    expiryOrder: expiryOrder(token.expiresAt),
    tokenEnd: null,
    tokenProblem: problem ?? null,
    lastRefreshedAt: null,
    scopes: [...(grantedScopes ?? [])],
    missingScopes:
      grantedScopes === null ? [] : requestedScopes.filter((scope) => !grantedScopes.includes(scope)),
    connectionSteps: [...steps],
    updatedAt: now,
  };
}

/** Never-ending tokens come last: they count as ending when time does. */
export function expiryOrder(tokenExpiry: Date | null): number {
  return tokenExpiry?.getTime() ?? END_OF_TIME_MS;
}
