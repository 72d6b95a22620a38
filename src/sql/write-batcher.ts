import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDatabaseAway } from './database-away.js';

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes items one transaction after the other; whatever comes in one turn of the event loop, or while another
 * transaction is under way, is written together: each commit is a sync to the disk, and nobody waits for more than two
 * of them. On SQLite nothing comes during a transaction, which keeps the process busy: there the turns do it.
 */
export class WriteBatcher<Item, Result> {
  readonly #waiting: Waiting<Item, Result>[] = [];
  #isWriting = false;

  constructor(
    /** Writes all of the items, or none; gives what came of each. */
    private readonly write: (items: readonly Item[]) => Promise<Result[]>,
    /** How many are written together. */
    private readonly limit: number,
  ) {}

  /** Resolves when the item is written. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      await nextTurn();
      await this.#writeThese(this.#waiting.splice(0, this.limit));
    }
    this.#isWriting = false;
  }

  async #writeThese(these: ReadonlyArray<Waiting<Item, Result>>): Promise<void> {
    try {
      const results = await this.write(these.map(({ item }) => item));
      for (const [index, { resolve }] of these.entries()) resolve(results[index] as Result);
    } catch (error) {
      // What the database does not take of one is not the others' fault; one that is away takes nothing of any.
      if (these.length > 1 && !isDatabaseAway(error)) for (const one of these) await this.#writeThese([one]);
      else for (const { reject } of these) reject(error);
    }
  }
}
