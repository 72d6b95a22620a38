import type { EntityManager } from '@mikro-orm/core';
import { moveNotices } from '../notices/notice-outbox.js';
import type { Cipher } from '../tokens/cipher.js';
import type { Climbed } from '../tokens/ladder/ladder-start.js';
import { AccountEvent } from './account-event.entity.js';
import { recordEvent } from './account-history.js';
import type { AccountReferences } from './account-references.js';
import { InstagramAccount } from './instagram-account.entity.js';
import { openAccountToken, sealAccountToken } from './sealed-token.js';

export interface Merge {
  readonly oldest: InstagramAccount;
  /** Goes; its token moves along if it is the one to keep. */
  readonly newer: InstagramAccount;
  readonly keepsToken: boolean;
  readonly actor: string;
  readonly now: Date;
}

/** Merges a newer row of the same person into the oldest. */
export async function absorb(
  em: EntityManager,
  { oldest, newer, keepsToken, actor, now }: Merge,
  { cipher, references }: { readonly cipher: Cipher; readonly references: AccountReferences },
): Promise<void> {
  const filled = fillSettings(oldest, newer);
  if (filled) oldest.settingsVersion += 1;
  if (keepsToken) {
    const token = openAccountToken(cipher, newer.accountId, newer.accessToken);
    Object.assign(oldest, {
      accessToken: sealAccountToken(cipher, oldest.accountId, token),
      pageId: newer.pageId,
      flow: newer.flow,
      tokenKind: newer.tokenKind,
      tokenIssuedAt: newer.tokenIssuedAt,
      tokenExpiry: newer.tokenExpiry,
      expiryOrder: newer.expiryOrder,
      tokenEnd: newer.tokenEnd,
      tokenProblem: newer.tokenProblem,
      lastRefreshedAt: newer.lastRefreshedAt,
      nextRefreshAt: newer.nextRefreshAt,
      stateCheckAt: newer.stateCheckAt,
      refreshFailures: newer.refreshFailures,
      unknownSince: newer.unknownSince,
      lastTriedAt: newer.lastTriedAt,
      lastTryFailed: newer.lastTryFailed,
      // A renewal of either row that is under way writes nothing any more.
      fence: null,
      leaseUntil: null,
      scopes: newer.scopes,
      missingScopes: newer.missingScopes,
      connectionSteps: newer.connectionSteps,
      grantorId: newer.grantorId,
      tokenVersion: oldest.tokenVersion + 1,
    });
  }
  // What was written down once for each of the rows happened to each: both may stay.
  const moved = { account: oldest.accountId, onceKey: null };
  await em.nativeUpdate(AccountEvent, { account: newer.accountId }, moved);
  await references.move(em, newer.accountId, oldest.accountId);
  await moveNotices(em, newer.accountId, oldest.accountId);
  // Gone before the oldest takes over its ids, which are unique.
  await em.nativeDelete(InstagramAccount, { accountId: newer.accountId });
  em.getUnitOfWork().unsetIdentity(newer);
  recordEvent(em, {
    accountId: oldest.accountId,
    at: now,
    type: 'merged',
    actor,
    detail: `The account ${newer.accountId} turned out to be the same person.`,
  });
}

function fillSettings(oldest: InstagramAccount, newer: InstagramAccount): boolean {
  let filled = false;
  for (const field of ['systemPrompt', 'toneOfVoice', 'keyInformation'] as const) {
    if (oldest[field] == null && newer[field] != null) {
      oldest[field] = newer[field];
      filled = true;
    }
  }
  return filled;
}

/**
 * Takes over every id of the account that this connection, or one of its rows, knows. Who consented is no such id:
 * that goes with the token.
 */
export function identify(
  account: InstagramAccount,
  { profile }: Climbed,
  rows: readonly InstagramAccount[],
): void {
  const known = (field: 'professionalAccountId' | 'appScopedId'): string | null =>
    rows.map((row) => row[field]).find((id) => id != null) ?? null;
  account.professionalAccountId = profile.professionalAccountId ?? known('professionalAccountId');
  account.appScopedId = profile.appScopedId ?? known('appScopedId');
}
