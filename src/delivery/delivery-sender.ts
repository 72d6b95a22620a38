import type { EntityManager } from '@mikro-orm/core';
import type { SignedTarget } from '../config.js';
import type { DueRow, Job } from '../jobs/job.js';
import type { Logger } from '../logger.js';
import { SECOND, jittered, plus, type Clock } from '../time.js';
import { Outbox, type Claim } from './outbox.js';
import { SignedPost } from './signed-post.js';

const LOOK_EVERY_MS = 5 * SECOND;
/** How many subjects are delivered at the same time. */
const BATCH_SIZE = 10;
/** So many rows of one subject go one after the other, and so long, before it is written down and others follow. */
const LONGEST_RUN = 20;
const LONGEST_RUN_MS = 5 * SECOND;

/** A row, as it is sent. */
export interface Deliverable {
  readonly id: number;
  /** How often it was sent in vain. */
  readonly tries: number;
  /** By which the receiver knows a repetition. */
  readonly key: string;
  readonly body: string;
  readonly createdAt: Date;
}

/** What every sender needs, whatever it sends. */
export interface SenderOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  /** A fresh EntityManager for each use. */
  readonly em: () => EntityManager;
  readonly target: SignedTarget;
  /** Told of every try; `failed`: it will be tried again. */
  readonly onDelivery?: (outcome: 'delivered' | 'failed' | 'given_up') => void;
}

export interface DeliverySenderOptions extends SenderOptions {
  /** What its job is called. */
  readonly name: string;
  readonly table: string;
  /** For the log: `a notice`, `an event`. */
  readonly what: string;
  /** The header that holds a row's key. */
  readonly keyHeader: string;
  /** The rows of a subject that have not ended, in their order, from `fromId` on. */
  readonly read: (subject: string, fromId: number, limit: number) => Promise<Deliverable[]>;
  /** The pauses before a row is sent again grow by two from the first to the longest, each ±20 %. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** What could not be delivered for so long is given up; null for never. */
  readonly givenUpAfterMs: number | null;
}

/** What was made of the subjects of one claim so far. */
interface Progress {
  readonly ended: number[];
  readonly postponed: Array<{ id: number; tries: number; retryAt: Date }>;
}

/**
 * Delivers the rows of a table, signed, each at least once and in the order of its subject. What is not
 * delivered is tried again, and holds up the others of its subject until then.
 *
 * claim some subjects → send the next rows of each, one after the other → write down what came of all of them
 *
 * One note for many rows: each is a sync to the disk, during which this process does nothing else.
 */
export class DeliverySender implements Job {
  readonly name: string;
  readonly everyMs = LOOK_EVERY_MS;
  readonly failure: string;
  readonly batchSize = BATCH_SIZE;
  readonly lanes = 1;
  readonly #outbox: Outbox;
  readonly #post: SignedPost;

  constructor(private readonly options: DeliverySenderOptions) {
    this.name = options.name;
    this.failure = `${options.what} could not be delivered`;
    this.#outbox = new Outbox(options.em, options.table);
    this.#post = new SignedPost(options.target);
  }

  round(): Promise<void> {
    return this.run();
  }

  /** Subjects, by whose names the rows are called here. */
  findDue(limit: number): Promise<DueRow[]> {
    return this.#outbox.findDue(this.options.clock.now(), limit);
  }

  /** Delivers all that is due: of these subjects, if any are named. */
  async run(subjects?: readonly string[]): Promise<void> {
    const { clock, stopping } = this.options;
    while (!stopping.aborted) {
      const claim = await this.#outbox.claim(clock.now(), BATCH_SIZE, subjects);
      if (claim.heads.length === 0) return;
      await this.#deliver(claim);
    }
  }

  async #deliver(claim: Claim): Promise<void> {
    const { clock } = this.options;
    const progress: Progress = { ended: [], postponed: [] };
    const until = plus(clock.now(), LONGEST_RUN_MS);
    const runs = await Promise.allSettled(
      claim.heads.map(({ subject, id }) => this.#deliverRun(subject, id, until, progress)),
    );
    await this.#outbox.settle(claim, progress, clock.now());
    for (const run of runs) if (run.status === 'rejected') throw run.reason;
  }

  /** Sends rows of a subject until one is not taken, none is left, or others have to have their turn. */
  async #deliverRun(subject: string, fromId: number, until: Date, progress: Progress): Promise<void> {
    const { clock, stopping, read } = this.options;
    for (const row of await read(subject, fromId, LONGEST_RUN)) {
      if (stopping.aborted || clock.now() > until) return;
      if (!(await this.#send(row, progress))) return;
    }
  }

  /** Gives whether the row is done with. */
  async #send(row: Deliverable, progress: Progress): Promise<boolean> {
    const { clock, logger, what, keyHeader, givenUpAfterMs, onDelivery } = this.options;
    const { id, key, body, createdAt, tries } = row;
    const result = await this.#post.send(body, { [keyHeader]: key });
    if (result.delivered) {
      onDelivery?.('delivered');
      progress.ended.push(id);
      return true;
    }
    const now = clock.now();
    const { problem } = result;
    if (givenUpAfterMs !== null && plus(createdAt, givenUpAfterMs) <= now) {
      logger.error({ key, tries, problem }, `${what} was given up`);
      onDelivery?.('given_up');
      progress.ended.push(id);
      return true;
    }
    logger.warn({ key, tries, problem }, `${what} was not taken`);
    onDelivery?.('failed');
    progress.postponed.push({ id, tries: tries + 1, retryAt: plus(now, this.#pauseMs(tries)) });
    return false;
  }

  #pauseMs(tries: number): number {
    const { firstPauseMs, longestPauseMs } = this.options;
    const pause = Math.min(2 ** Math.min(tries, 20) * firstPauseMs, longestPauseMs);
    return jittered(pause);
  }
}
