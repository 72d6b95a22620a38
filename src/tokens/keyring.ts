import { hkdfSync } from 'node:crypto';

/** What a subkey is for. A key made for one purpose is of no use for another. */
export type KeyPurpose = 'token-encryption' | 'state' | 'deletion-record';

export interface MasterKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/**
 * The key ring of `TOKEN_ENCRYPTION_KEYS`: the first key seals, every key opens. Master keys are never used
 * themselves; each purpose has its own subkey (HKDF-SHA256, RFC 5869).
 */
export class Keyring {
  readonly #masterKeys: ReadonlyMap<string, Buffer>;
  readonly #subkeys = new Map<string, Buffer>();
  /** Id of the key that seals. */
  readonly primaryKeyId: string;

  /** @throws RangeError when `keys` is empty */
  constructor(keys: readonly MasterKey[]) {
    const [first] = keys;
    if (first === undefined) throw new RangeError('A key ring needs at least one key.');
    this.primaryKeyId = first.id;
    this.#masterKeys = new Map(keys.map(({ id, bytes }) => [id, bytes]));
  }

  /** The subkey of one master key for one purpose; undefined when the ring has no key of that id. */
  subkey(keyId: string, purpose: KeyPurpose): Buffer | undefined {
    const master = this.#masterKeys.get(keyId);
    if (master === undefined) return undefined;
    const name = `${keyId}:${purpose}`;
    let subkey = this.#subkeys.get(name);
    if (subkey === undefined) {
      subkey = Buffer.from(hkdfSync('sha256', master, '', `moca-connect/${purpose}`, 32));
      this.#subkeys.set(name, subkey);
    }
    return subkey;
  }

  /** The subkey that seals, with the id to write beside what it sealed. */
  primary(purpose: KeyPurpose): { keyId: string; key: Buffer } {
    const key = this.subkey(this.primaryKeyId, purpose);
    if (key === undefined) throw new RangeError('The key ring has lost its first key.');
    return { keyId: this.primaryKeyId, key };
  }
}
