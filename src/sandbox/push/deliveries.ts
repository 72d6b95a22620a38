import { HOUR, MINUTE, plus } from '../../time.js';
import type { SandboxClock } from '../clock.js';

/**
 * When what was not taken is sent again, after the first time: at once, then ever less often, for 36 hours. The
 * times between are a guess: Meta says "immediately", and "with decreasing frequency".
 *
 * @see Meta: "Webhooks", getting started
 */
const REPEATED_AFTER_MS = [
  0,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
  36 * HOUR,
];

/** Longer than anybody is to take for an answer. */
const PATIENCE_MS = 20_000;

/** A notification on its way. */
export interface Delivery {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  /** How often it was sent. */
  sent: number;
  /** Of the last answer; null when there was none. */
  status: number | null;
  /** When it is sent next, by the sandbox's clock; null when it was taken, or dropped. */
  nextAt: Date | null;
}

/** Sends notifications until they are taken, as Meta does. */
export class Deliveries {
  readonly #all: Delivery[] = [];

  constructor(
    private readonly clock: SandboxClock,
    /** Where the app is now: it may move while something is on its way. */
    private readonly url: () => string,
  ) {}

  list(): readonly Delivery[] {
    return this.#all;
  }

  /** Sends it, and once more at once if it was not taken; later tries are made by `deliverDue`. */
  async add(delivery: Pick<Delivery, 'body' | 'headers'>): Promise<Delivery> {
    const now = this.clock.now();
    const added: Delivery = { ...delivery, createdAt: now, sent: 0, status: null, nextAt: now };
    this.#all.push(added);
    await this.#deliver(added);
    return added;
  }

  /** Sends what is due again. */
  async deliverDue(): Promise<void> {
    const now = this.clock.now();
    for (const delivery of this.#all) {
      if (delivery.nextAt !== null && delivery.nextAt <= now) await this.#deliver(delivery);
    }
  }

  async #deliver(delivery: Delivery): Promise<void> {
    do {
      delivery.status = await post(this.url(), delivery);
      const afterMs = REPEATED_AFTER_MS[delivery.sent];
      delivery.sent += 1;
      const isTaken = delivery.status !== null && delivery.status >= 200 && delivery.status < 300;
      delivery.nextAt = isTaken || afterMs === undefined ? null : plus(delivery.createdAt, afterMs);
    } while (delivery.nextAt !== null && delivery.nextAt <= this.clock.now() && delivery.sent < 2);
  }
}

/** The status of the answer; null without one. Redirects are not followed. */
async function post(url: string, { body, headers }: Delivery): Promise<number | null> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return null; // Nobody listens, or the connection ended.
  }
}
