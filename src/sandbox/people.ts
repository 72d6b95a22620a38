import * as ids from './ids.js';
import { personaCatalogue } from './persona-catalogue.js';
import type { PersonaEntry, PersonaTraits } from './personas.js';
import type { World } from './worlds.js';

export interface InstagramAccount {
  readonly id: string;
  readonly username: string;
  readonly name: string | null;
  readonly pictureUrl: string | null;
}

export interface Page {
  readonly id: string;
  readonly name: string;
  readonly account: InstagramAccount | null;
}

interface Business {
  readonly id: string;
  readonly name: string;
  readonly ownedPages: readonly Page[];
  readonly clientPages: readonly Page[];
}

/** Somebody as one world's app sees them, with what the sandbox remembers of their visits. */
export interface Person {
  /** The persona's id, with the number behind `#` where one was given. */
  readonly id: string;
  readonly personaId: string;
  readonly world: World;
  readonly traits: PersonaTraits;
  readonly appScopedId: string;
  readonly facebookUserId: string;
  readonly name: string;
  readonly account: InstagramAccount;
  readonly pages: readonly Page[];
  readonly businesses: readonly Business[];
  consents: number;
  /** Looks at `me/accounts` since the last consent. */
  looksAtPages: number;
  /** Endpoints called since the last consent. */
  readonly calledEndpoints: Set<string>;
  limitedUntil: Date | null;
}

/** The personas' people, made when they are first met. */
export class People {
  readonly #met = new Map<string, Person>();

  /**
   * `page-token` is one person, `page-token#2` another one of the same kind: a load test needs many.
   * Null for a name that is no persona's.
   */
  find(world: World, id: string): Person | null {
    const key = `${world} ${id}`;
    const known = this.#met.get(key);
    if (known !== undefined) return known;
    const [, personaId, copy] = /^([a-z0-9-]+)(?:#([1-9]\d{0,5}))?$/.exec(id) ?? [];
    const index = personaCatalogue.findIndex((entry) => entry.id === personaId);
    const entry = personaCatalogue[index];
    if (entry === undefined) return null;
    const person = createPerson(world, id, entry, index * 1_000_000 + Number(copy ?? 0));
    this.#met.set(key, person);
    return person;
  }

  /** Whoever has given consent to an app, each once. */
  consented(): string[] {
    const people = [...this.#met.values()].filter(({ consents }) => consents > 0);
    return [...new Set(people.map(({ id }) => id))];
  }
}

function createPerson(world: World, id: string, entry: PersonaEntry, number: number): Person {
  const { traits } = entry;
  const account = createAccount(ids.professionalId(number), id, entry);
  const pages = createPages(id, entry, number, account);
  return {
    id,
    personaId: entry.id,
    world,
    traits,
    appScopedId:
      traits.appScopedId === undefined
        ? ids.appScopedId(world, number)
        : String(traits.appScopedId + 2n * BigInt(number % 1_000_000)),
    facebookUserId: ids.facebookUserId(world, number),
    name: `Sam ${entry.title}`,
    account,
    pages,
    businesses: traits.pages.inPortfolio === true ? createBusinesses(number, pages) : [],
    consents: 0,
    looksAtPages: 0,
    calledEndpoints: new Set(),
    limitedUntil: null,
  };
}

function createAccount(id: string, personId: string, entry: PersonaEntry): InstagramAccount {
  const username = `moca_${personId.replaceAll(/[-#]/g, '_')}`;
  if (entry.traits.hasPlainProfile === true) return { id, username, name: null, pictureUrl: null };
  return {
    id,
    username,
    name: `Café ${entry.title}`,
    pictureUrl: `https://scontent-sandbox.cdninstagram.com/v/t51.2885-19/${username}.jpg?oe=6F000000`,
  };
}

function createPages(
  personId: string,
  entry: PersonaEntry,
  number: number,
  account: InstagramAccount,
): readonly Page[] {
  const accounts = [account, createAccount(ids.secondProfessionalId(number), `${personId}-second`, entry)];
  return entry.traits.pages.linked.map((isLinked, place) => ({
    id: ids.pageId(number, place),
    name: `${entry.title}, page ${place + 1}`,
    account: isLinked ? (accounts.shift() ?? null) : null,
  }));
}

/** The first portfolio only helps a client with a page; the second owns what the person works on. */
function createBusinesses(number: number, pages: readonly Page[]): readonly Business[] {
  const clientPage: Page = { id: ids.pageId(number, pages.length), name: "A client's page", account: null };
  return [
    { id: ids.businessId(number, 0), name: 'Agency portfolio', ownedPages: [], clientPages: [clientPage] },
    { id: ids.businessId(number, 1), name: 'Café portfolio', ownedPages: pages, clientPages: [] },
  ];
}
