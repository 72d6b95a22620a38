import { createCipheriv, createDecipheriv } from 'node:crypto';
import { Secret } from '../secret.js';
import type { Keyring } from './keyring.js';
import { pooledRandomBytes } from './pooled-random-bytes.js';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';

/** Where a sealed value stands. It opens nowhere else: not in another row, not in another column. */
export interface SealedPlace {
  readonly table: string;
  readonly column: string;
  readonly rowId: string;
}

/** A sealed value that does not open: an unknown key, another place, or bytes that were changed. */
export class SealBrokenError extends Error {
  override readonly name = 'SealBrokenError';

  constructor(
    readonly reason: 'malformed' | 'unknown_key' | 'not_authentic',
    readonly keyId: string | null,
  ) {
    super(MESSAGES[reason](keyId));
  }
}

const MESSAGES: Readonly<Record<SealBrokenError['reason'], (keyId: string | null) => string>> = {
  malformed: () => 'A stored value is damaged.',
  unknown_key: (keyId) =>
    `A stored value was sealed with the key "${keyId}", which TOKEN_ENCRYPTION_KEYS does not have.`,
  not_authentic: (keyId) =>
    `A stored value does not open with the key "${keyId}" of TOKEN_ENCRYPTION_KEYS: the key is another one, or the value is damaged or stands in a place that it was not sealed for.`,
};

/**
 * Seals secrets for the database: `v1.<key id>.<nonce>.<ciphertext and tag>`, AES-256-GCM with a random nonce
 * and the place as additional data.
 */
export class Cipher {
  readonly #keyring: Keyring;

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
  }

  seal(secret: Secret, place: SealedPlace): string {
    const { keyId, key } = this.#keyring.primary('token-encryption');
    const nonce = pooledRandomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(additionalData(place));
    const sealed = Buffer.concat([
      cipher.update(secret.reveal(), 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return [VERSION, keyId, nonce.toString('base64url'), sealed.toString('base64url')].join('.');
  }

  /** Whether a value was sealed with the key that seals now. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${VERSION}.${this.#keyring.primaryKeyId}.`);
  }

  /** @throws SealBrokenError */
  open(sealed: string, place: SealedPlace): Secret {
    const [version, keyId, nonceText, sealedText, ...rest] = sealed.split('.');
    if (version !== VERSION || !keyId || !nonceText || !sealedText || rest.length > 0) {
      throw new SealBrokenError('malformed', null);
    }
    const key = this.#keyring.subkey(keyId, 'token-encryption');
    if (key === undefined) throw new SealBrokenError('unknown_key', keyId);
    const nonce = Buffer.from(nonceText, 'base64url');
    const bytes = Buffer.from(sealedText, 'base64url');
    // Base64url has several texts for the same bytes; only the one that was written is accepted.
    const unchanged = nonce.toString('base64url') === nonceText && bytes.toString('base64url') === sealedText;
    if (!unchanged || nonce.length !== NONCE_BYTES || bytes.length < TAG_BYTES) {
      throw new SealBrokenError('malformed', keyId);
    }
    try {
      const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(additionalData(place));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]);
      return new Secret(text.toString('utf8'));
    } catch {
      throw new SealBrokenError('not_authentic', keyId);
    }
  }
}

function additionalData({ table, column, rowId }: SealedPlace): Buffer {
  return Buffer.from([VERSION, table, column, rowId].join('|'), 'utf8');
}
