import { createHmac } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import { eraseNotices } from '../notices/notice-outbox.js';
import type { Keyring } from '../tokens/keyring.js';
import type { LimitStore } from '../tokens/limit-store.js';
import { AccountEvent } from './account-event.entity.js';
import type { AccountReferences } from './account-references.js';
import { accountScopes } from './account-limits.js';
import { InstagramAccount } from './instagram-account.entity.js';

export interface DeleteOptions {
  readonly limits: LimitStore;
  readonly keyring: Keyring;
  readonly references: AccountReferences;
}

/**
 * Removes an account and all that is stored about it, as part of the caller's transaction. One row stays, which
 * names nobody: type, actor, time, and a keyed hash by which whoever knows the id can see that it was deleted.
 */
export async function deleteAccount(
  em: EntityManager,
  account: InstagramAccount,
  { limits, keyring, references }: DeleteOptions,
  { actor, at }: { readonly actor: string; readonly at: Date },
): Promise<void> {
  const { accountId } = account;
  await references.forget(em, account);
  await eraseNotices(em, accountId);
  await limits.forget(em, accountScopes(account));
  // Its events go with it.
  await em.nativeDelete(InstagramAccount, { accountId });
  em.getUnitOfWork().unsetIdentity(account);
  const { keyId, key } = keyring.primary('deletion-record');
  const subjectHash = `${keyId}.${createHmac('sha256', key).update(accountId).digest('base64url')}`;
  em.persist(
    em.create(AccountEvent, {
      account: null,
      at,
      type: 'deleted',
      actor,
      detail: null,
      subjectHash,
      onceKey: null,
    }),
  );
}
