import type { Person } from './people.js';
import type { TokenFamily } from './personas.js';
import { randomText } from './random-text.js';

/** What a person allowed at one consent; every token that comes from it shares this. */
export interface Grant {
  readonly person: Person;
  readonly consentedAt: Date;
  readonly granted: Set<string>;
  readonly declined: Set<string>;
}

/**
 * Why Meta killed a token: its `error_subcode` beside code 190.
 *
 * @see Meta: "Handling Errors", authentication error codes
 */
export const revocationSubcodes = [458, 459, 460, 463, 464, 467, 492] as const;

export type RevocationSubcode = (typeof revocationSubcodes)[number];

export interface Token {
  readonly value: string;
  readonly family: TokenFamily;
  readonly kind: 'user' | 'page';
  readonly grant: Grant;
  /** Null for a user token. */
  readonly pageId: string | null;
  readonly isLongLived: boolean;
  issuedAt: Date;
  /** Null: never. */
  expiresAt: Date | null;
  revokedAs: RevocationSubcode | null;
}

type NewToken = Omit<Token, 'value' | 'revokedAs'>;

/**
 * Page tokens die with the person's password, with the app's removal and with the role on the page. That a
 * checkpoint or a logout spares them is a guess.
 *
 * @see Meta: "Get Long-Lived Tokens"
 */
const killsPageTokens: ReadonlySet<RevocationSubcode> = new Set([458, 460, 492]);
const killsUserTokens: ReadonlySet<RevocationSubcode> = new Set([458, 459, 460, 463, 464, 467]);

export class Tokens {
  readonly #byValue = new Map<string, Token>();
  /** Asking twice for a page's token with the same user token gives the same page token, dead or alive. */
  readonly #pageTokens = new WeakMap<Token, Map<string, Token>>();
  readonly #onMint: (secret: string) => void;

  constructor(onMint: (secret: string) => void) {
    this.#onMint = onMint;
  }

  find(value: string): Token | null {
    return this.#byValue.get(value) ?? null;
  }

  /** Of the person's last token: which kind of login they are known by. Null for somebody without one. */
  familyOf(person: Person): TokenFamily | null {
    return [...this.#byValue.values()].findLast(({ grant }) => grant.person === person)?.family ?? null;
  }

  mint(token: NewToken): Token {
    const minted: Token = { ...token, value: `${token.family}sandbox${randomText(120)}`, revokedAs: null };
    this.#byValue.set(minted.value, minted);
    this.#onMint(minted.value);
    return minted;
  }

  /**
   * The token of a page for whoever holds `userToken`. A long-lived user token's page tokens do not expire;
   * a short-lived one's expire with it.
   *
   * @see Meta: "Get Long-Lived Tokens", long-lived Page access token
   */
  pageToken(userToken: Token, pageId: string, now: Date): Token {
    const known = this.#pageTokens.get(userToken) ?? new Map<string, Token>();
    this.#pageTokens.set(userToken, known);
    const existing = known.get(pageId);
    if (existing !== undefined) return existing;
    const minted = this.mint({
      family: 'EAA',
      kind: 'page',
      grant: userToken.grant,
      pageId,
      isLongLived: userToken.isLongLived,
      issuedAt: now,
      expiresAt: userToken.isLongLived ? null : userToken.expiresAt,
    });
    known.set(pageId, minted);
    return minted;
  }

  /** Kills what this subcode kills of the person's tokens. Consent given later makes new ones that live. */
  revoke(isTheirs: (person: Person) => boolean, subcode: RevocationSubcode): void {
    const kills = { user: killsUserTokens.has(subcode), page: killsPageTokens.has(subcode) };
    for (const token of this.#byValue.values()) {
      if (kills[token.kind] && isTheirs(token.grant.person)) token.revokedAs ??= subcode;
    }
  }
}
