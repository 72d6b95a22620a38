import type { EntityManager } from '@mikro-orm/core';
import type { SignedTarget } from '../config.js';
import { inRounds, type RoundsOptions } from '../in-rounds.js';
import { SECOND, plus } from '../time.js';
import { Outbox, type ClaimedRow } from './outbox.js';
import { SignedPost } from './signed-post.js';

const LOOK_EVERY_MS = 5 * SECOND;
/** How many subjects are delivered at the same time. */
const BATCH_SIZE = 10;
/** So many rows of one subject go one after the other before others have their turn. */
const LONGEST_RUN = 100;

/** What is sent for a row. */
export interface Deliverable {
  /** By which the receiver knows a repetition. */
  readonly key: string;
  readonly body: string;
  readonly createdAt: Date;
}

/** What every sender needs, whatever it sends. */
export interface SenderOptions extends RoundsOptions {
  /** A fresh EntityManager for each use. */
  readonly em: () => EntityManager;
  readonly target: SignedTarget;
  /** Told of every try; `failed`: it will be tried again. */
  readonly onDelivery?: (outcome: 'delivered' | 'failed' | 'given_up') => void;
}

export interface DeliverySenderOptions extends SenderOptions {
  readonly table: string;
  /** For the log: `a notice`, `an event`. */
  readonly what: string;
  /** The header that holds a row's key. */
  readonly keyHeader: string;
  /** Null for a row that is gone. */
  readonly read: (id: number) => Promise<Deliverable | null>;
  /** The pauses before a row is sent again grow by two from the first to the longest, each ±20 %. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** What could not be delivered for so long is given up; null for never. */
  readonly givenUpAfterMs: number | null;
  /** Removes what is kept no longer, after each look. */
  readonly prune?: (now: Date) => Promise<void>;
}

/**
 * Delivers the rows of a table, signed, each at least once and in the order of its subject. What is not
 * delivered is tried again, and holds up the others of its subject until then.
 */
export class DeliverySender {
  #loop: Promise<void> = Promise.resolve();
  readonly #outbox: Outbox;
  readonly #post: SignedPost;

  constructor(private readonly options: DeliverySenderOptions) {
    this.#outbox = new Outbox(options.em, options.table);
    this.#post = new SignedPost(options.target);
  }

  /** Looks at once, then every five seconds. */
  start(): void {
    const failure = `${this.options.what} could not be delivered`;
    this.#loop = inRounds(this.options, LOOK_EVERY_MS, failure, () => this.deliverDue());
  }

  /** Resolves when the last delivery has ended, after `stopping`. */
  settled(): Promise<void> {
    return this.#loop;
  }

  /** Delivers what is due now. */
  async deliverDue(): Promise<void> {
    const { clock, stopping, prune } = this.options;
    while (!stopping.aborted) {
      const claimed = await this.#outbox.claim(clock.now(), BATCH_SIZE);
      if (claimed.length === 0) break;
      await Promise.all(claimed.map((row) => this.#deliverSubject(row)));
    }
    await prune?.(clock.now());
  }

  /** From the claimed row on, until one of the subject is not taken, none is left, or others have to have their turn. */
  async #deliverSubject(first: ClaimedRow): Promise<void> {
    let row: ClaimedRow | null = first;
    for (let count = 0; row !== null; count += 1) {
      if (count === LONGEST_RUN || this.options.stopping.aborted) {
        await this.#outbox.release(row);
        return;
      }
      row = await this.#deliver(row);
    }
  }

  /** Gives the next row of the subject, if this one is done with. */
  async #deliver(row: ClaimedRow): Promise<ClaimedRow | null> {
    const { clock, logger, what, keyHeader, givenUpAfterMs, read, onDelivery } = this.options;
    const content = await read(row.id);
    if (content === null) return this.#outbox.end(row, clock.now());
    const { key, body, createdAt } = content;
    const result = await this.#post.send(body, { [keyHeader]: key });
    const now = clock.now();
    if (result.delivered) {
      onDelivery?.('delivered');
      return this.#outbox.end(row, now);
    }
    const { tries } = row;
    const { problem } = result;
    if (givenUpAfterMs !== null && plus(createdAt, givenUpAfterMs) <= now) {
      logger.error({ key, tries, problem }, `${what} was given up`);
      onDelivery?.('given_up');
      return this.#outbox.end(row, now);
    }
    logger.warn({ key, tries, problem }, `${what} was not taken`);
    onDelivery?.('failed');
    await this.#outbox.postpone(row, plus(now, this.#pauseMs(tries)));
    return null;
  }

  #pauseMs(tries: number): number {
    const { firstPauseMs, longestPauseMs } = this.options;
    const pause = Math.min(2 ** Math.min(tries, 20) * firstPauseMs, longestPauseMs);
    return Math.round(pause * (0.8 + Math.random() * 0.4));
  }
}
