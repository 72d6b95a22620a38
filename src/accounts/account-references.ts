import type { EntityManager } from '@mikro-orm/core';
import type { InstagramAccount } from './instagram-account.entity.js';

/** An account, with the ids by which Meta names it. */
export type NamedAccount = Pick<InstagramAccount, 'accountId' | 'professionalAccountId' | 'pageId'>;

/** What other features hold about an account, and have to change together with it, in its transaction. */
export interface AccountReferences {
  /** The account was connected: what came for its ids before belongs to it. */
  adopt(em: EntityManager, account: NamedAccount): Promise<void>;
  /** The account `from` is merged into `to`. */
  move(em: EntityManager, from: string, to: string): Promise<void>;
  /** The account is deleted: nothing that tells of the person may stay. */
  forget(em: EntityManager, account: NamedAccount): Promise<void>;
}

/** All of them as one. */
export function joinReferences(all: ReadonlyArray<Partial<AccountReferences>>): AccountReferences {
  return {
    async adopt(em, account) {
      for (const one of all) await one.adopt?.(em, account);
    },
    async move(em, from, to) {
      for (const one of all) await one.move?.(em, from, to);
    },
    async forget(em, account) {
      for (const one of all) await one.forget?.(em, account);
    },
  };
}
