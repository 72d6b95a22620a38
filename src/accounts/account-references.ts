import type { EntityManager } from '@mikro-orm/core';

/** What other features hold about an account, and have to change together with it, in its transaction. */
export interface AccountReferences {
  /** The account `from` is merged into `to`. */
  move(em: EntityManager, from: string, to: string): Promise<void>;
  /** The account is deleted: nothing that tells of the person may stay. */
  forget(em: EntityManager, accountId: string): Promise<void>;
}
