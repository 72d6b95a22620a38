import type { EntityManager } from '@mikro-orm/core';
import type { Clock } from '../time.js';

/** The open database. */
export interface Database extends AsyncDisposable {
  /** A fresh EntityManager: one for each request, or for each use outside of one. */
  readonly em: () => EntityManager;
  /**
   * Applies the migrations that are missing, and says how many there were.
   *
   * @throws ConfigError when a copy into this database was not finished, but for whoever goes on with it
   */
  migrate(options?: { readonly unfinishedCopy: 'goes on' }): Promise<number>;
  /** Whether it has the migrations of this version: all of them, and no others. */
  hasCurrentSchema(): Promise<boolean>;
  /** Whether it answers, and is still the one that was opened. */
  isReachable(): Promise<boolean>;
  /** By how many milliseconds its own clock is ahead of `clock`; 0 when it has none, negative when it is behind. */
  clockLeadMs(clock: Clock): Promise<number>;
  /** Removes what was deleted or overwritten from the files, too. To be called after the transaction. */
  eraseDeleted(): Promise<void>;
}
