import type { Secret } from '../secret.js';
import type { Cipher, SealedPlace } from '../tokens/cipher.js';

/** Where an account's token stands: it opens in no other row. */
function placeOf(accountId: string): SealedPlace {
  return { table: 'instagram_account', column: 'access_token', rowId: accountId };
}

export function sealAccountToken(cipher: Cipher, accountId: string, token: Secret): string {
  return cipher.seal(token, placeOf(accountId));
}

/**
 * @throws SealBrokenError
 * @throws TypeError when the token was erased
 */
export function openAccountToken(
  cipher: Cipher,
  accountId: string,
  sealed: string | null | undefined,
): Secret {
  if (sealed == null) throw new TypeError('The account has no token any more.');
  return cipher.open(sealed, placeOf(accountId));
}
