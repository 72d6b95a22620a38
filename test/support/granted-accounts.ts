import type { RequiredEntityData } from '@mikro-orm/core';
import type { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import { freshSchedule } from '../../src/accounts/scheduled-token.js';
import { sealAccountToken } from '../../src/accounts/sealed-token.js';
import { expiryOrder } from '../../src/accounts/token-columns.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { Secret } from '../../src/secret.js';
import { HOUR, SECOND, plus } from '../../src/time.js';
import type { Cipher } from '../../src/tokens/cipher.js';
import type { TokenKind } from '../../src/tokens/token-kind.js';

const sources = {
  page: { persona: 'page-token', granted: 'page', kind: 'PAGE', lifeMs: null },
  long: { persona: 'code-101', granted: 'long', kind: 'LONG_LIVED', lifeMs: 5_183_944 * SECOND },
  climbing: { persona: 'lower-rung-second', granted: 'short', kind: 'SHORT_LIVED', lifeMs: 2 * HOUR },
  short: { persona: 'short-lived-only', granted: 'short', kind: 'SHORT_LIVED', lifeMs: 2 * HOUR },
} as const satisfies Record<string, { kind: TokenKind; [more: string]: unknown }>;

export type GrantedKind = keyof typeof sources;
export const grantedKinds = Object.keys(sources) as GrantedKind[];

/** An account with a token that works at the sandbox, as connecting it at `now` would have stored it. */
export function grantedAccount(
  granted: GrantedKind,
  copy: number,
  { sandbox, cipher, now }: { readonly sandbox: Sandbox; readonly cipher: Cipher; readonly now: Date },
): RequiredEntityData<InstagramAccount> & { accountId: string } {
  const source = sources[granted];
  const { value, person, pageId } = sandbox.grant(`${source.persona}#${copy}`, source.granted);
  const accountId = source.kind === 'PAGE' ? person.account.id : person.appScopedId;
  const tokenExpiry = source.lifeMs === null ? null : plus(now, source.lifeMs);
  const grantorId = source.kind === 'PAGE' ? person.facebookUserId : person.appScopedId;
  const token = { accountId, grantorId, tokenKind: source.kind, tokenIssuedAt: now, tokenExpiry };
  return {
    ...token,
    ...freshSchedule(token, now),
    professionalAccountId: person.account.id,
    appScopedId: source.kind === 'PAGE' ? null : person.appScopedId,
    accountName: person.account.username,
    displayName: person.account.username,
    pageId,
    flow: 'moca',
    accessToken: sealAccountToken(cipher, accountId, new Secret(value)),
    expiryOrder: expiryOrder(tokenExpiry),
    tokenVersion: 1,
    scopes: [],
    missingScopes: [],
    connectionSteps: [],
    settingsVersion: 1,
    connectedAt: now,
    updatedAt: now,
  };
}
