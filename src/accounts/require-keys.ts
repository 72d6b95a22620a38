import type { EntityManager } from '@mikro-orm/core';
import { ConfigError } from '../config.js';
import { SealBrokenError, type Cipher } from '../tokens/cipher.js';
import { InstagramAccount } from './instagram-account.entity.js';
import { openAccountToken } from './sealed-token.js';

/**
 * Opens the tokens of the oldest and of the newest account: a server with the keys of another database, or one that
 * has lost a key too early, could connect accounts and serve none of those that it has.
 *
 * @throws ConfigError
 */
export async function requireKeys(em: EntityManager, cipher: Cipher): Promise<void> {
  for (const connectedAt of ['asc', 'desc'] as const) {
    const [account] = await em.find(
      InstagramAccount,
      { accessToken: { $ne: null } },
      { fields: ['accountId', 'accessToken'], orderBy: { connectedAt }, limit: 1 },
    );
    if (account === undefined) return;
    try {
      openAccountToken(cipher, account.accountId, account.accessToken);
    } catch (error) {
      if (!(error instanceof SealBrokenError)) throw error;
      throw new ConfigError([`TOKEN_ENCRYPTION_KEYS: ${error.message}`]);
    }
  }
}
