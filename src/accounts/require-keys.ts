import { ConfigError } from '../config.js';
import { SealBrokenError } from '../tokens/cipher.js';
import type { AccountsService } from './accounts.service.js';

/**
 * A server with the keys of another database could connect accounts, and serve none of those that it has.
 *
 * @throws ConfigError
 */
export async function requireKeys(accounts: AccountsService): Promise<void> {
  try {
    await accounts.requireReadableTokens();
  } catch (error) {
    if (!(error instanceof SealBrokenError)) throw error;
    throw new ConfigError([`TOKEN_ENCRYPTION_KEYS: ${error.message}`]);
  }
}
