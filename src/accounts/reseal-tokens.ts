import type { EntityManager } from '@mikro-orm/core';
import type { Cipher } from '../tokens/cipher.js';
import { InstagramAccount } from './instagram-account.entity.js';
import { openAccountToken, sealAccountToken } from './sealed-token.js';

const BATCH_SIZE = 500;

/**
 * Seals every account's token again with the first key of the ring, while the server runs: a token that is
 * replaced meanwhile is left alone, since its writer has used the first key.
 *
 * @returns how many were sealed again
 * @throws SealBrokenError for a token that no key of the ring opens
 */
export async function resealTokens(em: () => EntityManager, cipher: Cipher): Promise<number> {
  let resealed = 0;
  let after = '';
  for (;;) {
    const rows = await em().find(
      InstagramAccount,
      { accountId: { $gt: after }, accessToken: { $ne: null } },
      { fields: ['accountId', 'accessToken'], orderBy: { accountId: 'asc' }, limit: BATCH_SIZE },
    );
    const last = rows.at(-1);
    if (last === undefined) return resealed;
    after = last.accountId;
    for (const { accountId, accessToken } of rows) {
      if (accessToken == null || cipher.isCurrent(accessToken)) continue;
      const fresh = sealAccountToken(cipher, accountId, openAccountToken(cipher, accountId, accessToken));
      resealed += await em().nativeUpdate(
        InstagramAccount,
        { accountId, accessToken },
        { accessToken: fresh },
      );
    }
  }
}
