import { inspect } from 'node:util';

/**
 * A value that must not reach a log line, an error, an answer or a file. Everything that turns objects into
 * text sees `[secret]`; only `reveal()` gives the value, so that each place that uses it can be found.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
