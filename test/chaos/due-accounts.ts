import { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import { readConfig } from '../../src/config.js';
import type { Database } from '../../src/database/database.js';
import { DAY } from '../../src/time.js';
import { Cipher } from '../../src/tokens/cipher.js';
import { Keyring } from '../../src/tokens/keyring.js';
import { grantedAccount } from '../support/granted-accounts.js';
import type { Servers } from './servers.js';

/** So long after its issue every long-lived token is due, and none has ended. */
export const DUE_AFTER_MS = 34 * DAY;

const ROWS_AT_ONCE = 500;

/**
 * Puts accounts with long-lived tokens into the database, and moves Meta's time on until all are due: servers
 * have to be started `DUE_AFTER_MS` ahead. Gives their ids by the sandbox's names for who they belong to.
 */
export async function seedDueAccounts(
  { sandbox, env }: Pick<Servers, 'sandbox' | 'env'>,
  database: Database,
  count: number,
): Promise<Map<string, string>> {
  await database.migrate();
  const cipher = new Cipher(new Keyring(readConfig(env).secrets.encryptionKeys));
  const now = sandbox.clock.now();
  const rows = Array.from({ length: count }, (_, index) =>
    grantedAccount('long', index + 1, { sandbox, cipher, now }),
  );
  for (let from = 0; from < count; from += ROWS_AT_ONCE) {
    await database.em().insertMany(InstagramAccount, rows.slice(from, from + ROWS_AT_ONCE));
  }
  sandbox.clock.advance(DUE_AFTER_MS);
  return new Map(rows.map(({ accountId }, index) => [`code-101#${index + 1}`, accountId]));
}

/** A claim of an account: by whom nobody knows, but no two are the same. */
export async function findClaims(database: Database): Promise<Array<{ accountId: string; fence: string }>> {
  const rows = await database
    .em()
    .find(InstagramAccount, { fence: { $ne: null } }, { fields: ['accountId', 'fence'] });
  return rows.map(({ accountId, fence }) => ({ accountId, fence: fence ?? '' }));
}
