import { CachedRead } from '../cached-read.js';
import type { Logger } from '../logger.js';
import { SECOND, type Clock } from '../time.js';
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
  readonly #figures: CachedRead<StoredFigures | null>;

  constructor(private readonly options: FiguresCacheOptions) {
    this.#figures = new CachedRead({ read: () => this.#read(), forMs: KEPT_MS, clock: options.clock });
  }

  /** Null when the database does not answer, or not soon enough. Never rejects. */
  async get(): Promise<StoredFigures | null> {
    let figures: StoredFigures | null = null;
    const reading = this.#figures.get().then((read) => (figures = read));
    await within(this.options.clock, WAIT_MS, reading);
    return figures;
  }

  /** A failure is kept like an answer, so that it is not repeated at once, and told once. */
  async #read(): Promise<StoredFigures | null> {
    try {
      return await this.options.read();
    } catch (err) {
      this.options.logger.warn({ err }, 'the figures for /metrics could not be read');
      return null;
    }
  }
}
