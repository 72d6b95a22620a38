import type { Logger } from '../logger.js';
import { SECOND, plus, type Clock } from '../time.js';
import { within } from '../within.js';
import type { StoredFigures } from './stored-figures.js';

/** However often somebody asks, the database is not asked more often than this. */
const KEPT_MS = 5 * SECOND;
/** How long a scrape waits for the database. */
const WAIT_MS = 2 * SECOND;

export interface FiguresCacheOptions {
  readonly read: () => Promise<StoredFigures>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The stored figures as of a few seconds ago. */
export class FiguresCache {
  #last: { readonly at: Date; readonly figures: StoredFigures | null } | null = null;
  /** The read that is under way; there is never a second one beside it. */
  #reading: Promise<void> | null = null;

  constructor(private readonly options: FiguresCacheOptions) {}

  /** Null when the database does not answer, or not soon enough. Never rejects. */
  async get(): Promise<StoredFigures | null> {
    const { clock } = this.options;
    if (this.#last === null || plus(this.#last.at, KEPT_MS) <= clock.now()) this.#reading ??= this.#read();
    if (this.#reading !== null) await within(clock, WAIT_MS, this.#reading);
    return this.#reading === null ? (this.#last?.figures ?? null) : null;
  }

  async #read(): Promise<void> {
    const { read, clock, logger } = this.options;
    let figures: StoredFigures | null = null;
    try {
      figures = await read();
    } catch (err) {
      logger.warn({ err }, 'the figures for /metrics could not be read');
    }
    this.#last = { at: clock.now(), figures };
    this.#reading = null;
  }
}
