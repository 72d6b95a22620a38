import type { JsonObject } from '../json.js';
import type { Person } from '../people.js';
import type { Platform } from '../platform.js';
import { worlds, type World } from '../worlds.js';
import { Deliveries, type Delivery } from './deliveries.js';
import { createEntry, type EntryKind } from './entries.js';
import { escapedJson } from './escaped-json.js';
import { notificationHeaders, signedRequest } from './sign.js';

export interface NotifyOptions {
  readonly text?: string;
  /** How many updates go out in one notification. Default 1. */
  readonly updates?: number;
  /** How often that notification is sent although it was taken. Default 1. */
  readonly times?: number;
  /** Meta's documentation has the whole body in an array; real ones are objects. Default false. */
  readonly wrapped?: boolean;
}

/** What came back for a deauthorize or data deletion call. */
export interface CallbackAnswer {
  readonly world: World;
  readonly status: number;
  readonly body: unknown;
}

/** What Meta sends to an app of its own accord. */
export class Push {
  readonly #deliveries: Deliveries;
  #appUrl: string | null;

  constructor(
    private readonly platform: Platform,
    appUrl: string | null,
    /** What the index page offers to verify with; null while nobody has said. */
    readonly verifyToken: string | null = null,
  ) {
    this.#deliveries = new Deliveries(platform.clock, () => this.#url('/webhooks/instagram'));
    this.#appUrl = appUrl;
  }

  /** Where the app is, as its dashboard has it; null while nobody has said. */
  get appUrl(): string | null {
    return this.#appUrl;
  }

  connectTo(appUrl: string): void {
    this.#appUrl = appUrl.replace(/\/+$/, '');
  }

  /** What "Verify and save" in the dashboard does: whether the address answers as the app's has to. */
  async verify(verifyToken: string): Promise<boolean> {
    const challenge = String(Math.floor(Math.random() * 2 ** 31));
    const query = new URLSearchParams({
      'hub.mode': 'subscribe',
      'hub.challenge': challenge,
      'hub.verify_token': verifyToken,
    });
    const response = await this.#fetch(`/webhooks/instagram?${query.toString()}`);
    return response.status === 200 && (await response.text()) === challenge;
  }

  /** Every notification so far. */
  deliveries(): readonly Delivery[] {
    return this.#deliveries.list();
  }

  /** Sends again what was not taken and is due by the sandbox's clock. */
  deliverDue(): Promise<void> {
    return this.#deliveries.deliverDue();
  }

  /**
   * Something happens at a persona's account: every app that has subscribed to it is told.
   *
   * @throws {TypeError} for a name that is no persona's, or an account that no app has subscribed to
   */
  async notify(
    personId: string,
    kind: EntryKind,
    { text = 'Hallo, schöne Grüße! ☕', updates = 1, times = 1, wrapped = false }: NotifyOptions = {},
  ): Promise<Delivery[]> {
    const subscribed = this.#people(personId).filter((person) => isSubscribed(this.platform, person));
    if (subscribed.length === 0) throw new TypeError(`No app has subscribed to ${personId}: connect first.`);
    const sent: Delivery[] = [];
    for (const { world, account } of subscribed) {
      const at = this.platform.clock.now();
      const entry = Array.from({ length: updates }, () => createEntry(kind, { ...account, at, text }));
      const notification = { object: 'instagram', entry };
      const signed = this.sign(wrapped ? [notification] : notification, world);
      for (let time = 0; time < times; time += 1) sent.push(await this.send(signed));
    }
    return sent;
  }

  /** Meta ends what is subscribed to at the persona's account, as it does when nobody takes its notifications. */
  endSubscriptions(personId: string): void {
    for (const { world, account, pages } of this.#people(personId)) {
      for (const { id } of [account, ...pages]) this.platform.subscriptions.remove(world, id);
    }
  }

  /** A body as Meta writes it, with the headers that it sends, signed by that world's app secret. */
  sign(notification: unknown, world: World): Pick<Delivery, 'body' | 'headers'> {
    const body = escapedJson(notification);
    return { body, headers: notificationHeaders(body, this.platform.apps[world].clientSecret) };
  }

  /** Sends a signed body until it is taken. */
  send(signed: Pick<Delivery, 'body' | 'headers'>): Promise<Delivery> {
    return this.#deliveries.add(signed);
  }

  /**
   * The person removes the app: their tokens die, and the app is told, in each world in which they have consented.
   *
   * @throws {TypeError} for a name that is no persona's, or somebody who never consented
   */
  async deauthorize(personId: string): Promise<CallbackAnswer[]> {
    const people = this.#consented(personId);
    for (const person of people) this.platform.tokens.revoke((candidate) => candidate === person, 458);
    return Promise.all(people.map((person) => this.#call('/meta/deauthorize', person)));
  }

  /**
   * The person asks for the deletion of their data.
   *
   * @throws {TypeError} for a name that is no persona's, or somebody who never consented
   */
  requestDeletion(personId: string): Promise<CallbackAnswer[]> {
    return Promise.all(this.#consented(personId).map((person) => this.#call('/meta/data-deletion', person)));
  }

  /** A signed request about whomever the ids name, as of now. */
  signRequest(ids: JsonObject, world: World): string {
    const issuedAt = Math.floor(this.platform.clock.now().getTime() / 1_000);
    return signedRequest(
      { algorithm: 'HMAC-SHA256', expires: issuedAt + 3_600, issued_at: issuedAt, ...ids },
      this.platform.apps[world].clientSecret,
    );
  }

  async #call(path: string, person: Person): Promise<CallbackAnswer> {
    const { world } = person;
    const response = await this.#fetch(path, {
      method: 'POST',
      body: new URLSearchParams({
        signed_request: this.signRequest({ user_id: consentedAs(this.platform, person) }, world),
      }),
    });
    const text = await response.text();
    return { world, status: response.status, body: readJson(text) };
  }

  #people(personId: string): Person[] {
    const people = worlds.map((world) => this.platform.people.find(world, personId));
    if (people.includes(null)) throw new TypeError(`"persona" must be a persona's id, not "${personId}".`);
    return people.filter((person) => person !== null);
  }

  #consented(personId: string): Person[] {
    const people = this.#people(personId).filter(({ consents }) => consents > 0);
    if (people.length === 0) throw new TypeError(`${personId} has consented to no app: connect first.`);
    return people;
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const url = this.#url(path);
    try {
      return await fetch(url, init);
    } catch {
      // Whatever the reason is: who has ordered it can look whether the server runs.
      throw new TypeError(`Nobody answers at ${this.#appUrl}.`);
    }
  }

  #url(path: string): string {
    if (this.#appUrl === null) throw new TypeError('The sandbox was not told where the app is (appUrl).');
    return `${this.#appUrl}${path}`;
  }
}

/** By Instagram Login to the account, by Facebook Login to its page. */
function isSubscribed({ subscriptions }: Platform, { world, account, pages }: Person): boolean {
  const page = pages.find((one) => one.account?.id === account.id);
  return (
    subscriptions.find(world, account.id) !== null ||
    (page !== undefined && subscriptions.find(world, page.id) !== null)
  );
}

/**
 * The id by which the app knows whoever consented: of the kind of login that their tokens are from. Which one Meta
 * sends for Instagram Login is not documented.
 */
function consentedAs(platform: Platform, person: Person): string {
  return platform.tokens.familyOf(person) === 'IGAA' ? person.appScopedId : person.facebookUserId;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // Not JSON: shown as it is.
  }
}
