import { plus, type Clock } from './time.js';

export interface CachedReadOptions<Value> {
  readonly read: () => Promise<Value>;
  /** How long a value is given again, in milliseconds from the end of its read. */
  readonly forMs: number;
  readonly clock: Clock;
}

/** A value as of a few seconds ago: however many ask for it, there is never a second read beside one. */
export class CachedRead<Value> {
  #last: { readonly at: Date; readonly value: Value } | null = null;
  #reading: Promise<Value> | null = null;

  constructor(private readonly options: CachedReadOptions<Value>) {}

  /** Rejects when its read does, for all who wait for it; the next one reads again. */
  async get(): Promise<Value> {
    if (this.#last !== null && this.#isRecent(this.#last.at)) return this.#last.value;
    this.#reading ??= this.#read();
    return this.#reading;
  }

  /** A clock that was set back says nothing of how old a value is: it would be kept until it is that late again. */
  #isRecent(at: Date): boolean {
    const { clock, forMs } = this.options;
    const now = clock.now();
    return at <= now && now < plus(at, forMs);
  }

  async #read(): Promise<Value> {
    const { read, clock } = this.options;
    try {
      const value = await read();
      this.#last = { at: clock.now(), value };
      return value;
    } finally {
      this.#reading = null;
    }
  }
}
