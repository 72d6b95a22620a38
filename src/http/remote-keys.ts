import { randomUUID } from 'node:crypto';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Logger } from '../logger.js';
import { DAY, MINUTE, SECOND, plus, waitSeconds, type Clock } from '../time.js';

/** Keys are fetched anew after this time: one that was taken back is not trusted for longer. */
const FRESH_MS = 10 * MINUTE;
/** A key that nobody knows is looked for no more often, whoever sends how many tokens. */
const COOL_DOWN_MS = 30 * SECOND;
/** A provider that could not be reached is asked again after this time. */
const RETRY_MS = 5 * SECOND;
/** While the provider cannot be reached, the keys of before are good for so long. */
const LONGEST_MS = DAY;
const TIMEOUT_MS = 3 * SECOND;
/** No key set comes near it. */
const LIMIT_BYTES = 256 * 1024;

/** The provider's keys cannot be had: nothing can be said of a token. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';

  constructor(
    /** Under which the log has the reason. */
    readonly id: string,
    readonly retryAfterSeconds: number,
  ) {
    super("The identity provider's keys cannot be had.");
  }
}

export interface RemoteKeysOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The public keys of an identity provider, fetched when they are needed. */
export class RemoteKeys {
  #keys: { readonly find: ReturnType<typeof createLocalJWKSet>; readonly fetchedAt: Date } | null = null;
  #lastTry: { readonly at: Date; readonly failureId: string | null } | null = null;
  /** The fetch that is under way; all share it. */
  #fetching: Promise<void> | null = null;

  constructor(private readonly options: RemoteKeysOptions) {}

  /**
   * The key that a token names.
   *
   * @throws KeysUnavailableError
   * @throws JOSEError when the provider has no such key
   */
  readonly find: JWTVerifyGetKey<CryptoKey> = async (header, token) => {
    if (this.#isOlderThan(FRESH_MS)) await this.#refresh();
    try {
      return await this.#known()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    // It may be a new one.
    await this.#refresh();
    if (this.#lastTry?.failureId != null) throw this.#unavailable();
    return this.#known()(header, token);
  };

  #known(): ReturnType<typeof createLocalJWKSet> {
    if (this.#keys === null || this.#isOlderThan(LONGEST_MS)) throw this.#unavailable();
    return this.#keys.find;
  }

  /** After a clock that ran ahead was set back, nobody knows how old keys are: they are older than anything. */
  #isOlderThan(ms: number): boolean {
    if (this.#keys === null) return true;
    const now = this.options.clock.now();
    return now < this.#keys.fetchedAt || plus(this.#keys.fetchedAt, ms) <= now;
  }

  /** Fetches the keys, unless that was tried just now. Never rejects. */
  async #refresh(): Promise<void> {
    if (this.#waitMs() <= 0) this.#fetching ??= this.#fetch();
    await this.#fetching;
  }

  /** How long it is until the provider may be asked again. */
  #waitMs(): number {
    if (this.#lastTry === null) return 0;
    const { at, failureId } = this.#lastTry;
    const sinceMs = this.options.clock.now().getTime() - at.getTime();
    // A clock that was set back makes no wait longer.
    return sinceMs < 0 ? 0 : (failureId === null ? COOL_DOWN_MS : RETRY_MS) - sinceMs;
  }

  async #fetch(): Promise<void> {
    const { url, clock, logger } = this.options;
    let failureId: string | null = null;
    try {
      const find = createLocalJWKSet(JSON.parse(await fetchText(url)) as JSONWebKeySet);
      this.#keys = { find, fetchedAt: clock.now() };
    } catch (err) {
      failureId = randomUUID();
      logger.error({ err, errorId: failureId }, "the identity provider's keys could not be fetched");
    }
    this.#lastTry = { at: clock.now(), failureId };
    this.#fetching = null;
  }

  #unavailable(): KeysUnavailableError {
    const retryAfterSeconds = waitSeconds(this.#waitMs());
    return new KeysUnavailableError(this.#lastTry?.failureId ?? randomUUID(), retryAfterSeconds);
  }
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { accept: 'application/jwk-set+json, application/json', 'user-agent': 'moca-connect' },
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    // Leaving the loop ends the connection.
    if (response.status !== 200 || length > LIMIT_BYTES) break;
    chunks.push(chunk);
  }
  if (response.status !== 200) throw new Error(`The answer was HTTP ${response.status}.`);
  if (length > LIMIT_BYTES) throw new Error('The answer was over 256 kB.');
  return Buffer.concat(chunks).toString('utf8');
}
