import { HOUR, MINUTE, plus } from '../time.js';
import { randomText } from './random-text.js';
import type { Grant } from './tokens.js';

/**
 * One hour.
 *
 * @see Meta: "Business Login for Instagram", authorization codes
 */
const CODE_LIFETIME_MS = HOUR;

export interface Code {
  readonly value: string;
  readonly grant: Grant;
  readonly redirectUri: string;
  readonly expiresAt: Date;
  isUsed: boolean;
}

export class Codes {
  readonly #byValue = new Map<string, Code>();
  readonly #onMint: (secret: string) => void;

  constructor(onMint: (secret: string) => void) {
    this.#onMint = onMint;
  }

  find(value: string): Code | null {
    return this.#byValue.get(value) ?? null;
  }

  mint(grant: Grant, redirectUri: string, now: Date): Code {
    const { code: fate } = grant.person.traits;
    const code: Code = {
      value: `AQsandbox${randomText(150)}`,
      grant,
      redirectUri,
      expiresAt: fate === 'expired' ? plus(now, -MINUTE) : plus(now, CODE_LIFETIME_MS),
      isUsed: fate === 'used',
    };
    this.#byValue.set(code.value, code);
    this.#onMint(code.value);
    return code;
  }
}
