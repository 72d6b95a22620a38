import type { World } from './worlds.js';

/** A kind of person who may stand at the consent page. */
export interface Persona {
  readonly id: string;
  readonly title: string;
  /** One sentence: what is special about this person. */
  readonly description: string;
  /** What somebody who connects as this person ends with, in each world. */
  readonly expect: Readonly<Record<World, string>>;
}

/** The family of a token is readable from its first letters: Facebook Login's or Instagram Login's. */
export type TokenFamily = 'EAA' | 'IGAA';

export interface PagePlan {
  /** One entry for each page, in Meta's order: whether an Instagram account is linked to it. */
  readonly linked: readonly boolean[];
  /** Meta may give out fewer pages at once than `limit` asks for. */
  readonly perAnswer?: number;
  /** Held by a business portfolio: `me/accounts` never lists them. */
  readonly inPortfolio?: boolean;
  /** How many looks at `me/accounts` find nothing after each consent. */
  readonly emptyLooks?: number;
}

/** How a persona differs from somebody with whom everything works. */
export interface PersonaTraits {
  /** What the documented world's code exchange gives at the first consent, the second and so on; the last stays. */
  readonly documentedTokens: readonly TokenFamily[];
  readonly pages: PagePlan;
  /** Ids in the exchange's answer, where the persona insists on one. */
  readonly appScopedId?: bigint;
  readonly hasPlainProfile?: boolean;
  readonly isPersonalAccount?: boolean;
  readonly isStranger?: boolean;
  readonly declines?: 'everything' | 'optional' | 'basic';
  readonly code?: 'used' | 'expired';
  /** What the exchange for a long-lived token is refused with: Meta's code 3, or 101 on graph.facebook.com only. */
  readonly longLived?: 'capability' | 'app_unknown';
  readonly trouble?: 'transient' | 'rate_limited' | 'slow' | 'garbage';
}

export type PersonaEntry = Persona & { readonly traits: PersonaTraits };
