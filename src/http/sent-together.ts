import type { ServerResponse } from './node-http.js';

/** No answer waits for more than so many others. */
const ENOUGH = 16;

interface Answer {
  readonly response: ServerResponse;
  readonly text: string;
  /** Of the text, as UTF-8. */
  readonly bytes: number;
}

/**
 * Sends the answers that are ready in the same turn of the event loop one right after the other, when all that has come
 * is worked through. To send wakes whoever waits, and wakes the machine that a proxy or a client runs on: by the next
 * answer, 50 µs later, they sleep again. That cost as much as the answers themselves; one that is alone waits for
 * nothing.
 */
export class SentTogether {
  #waiting: Answer[] = [];

  /** @param response with its head, which says how long the text is */
  add(response: ServerResponse, text: string, bytes: number): void {
    this.#waiting.push({ response, text, bytes });
    if (this.#waiting.length === 1) setImmediate(this.#send);
    else if (this.#waiting.length === ENOUGH) this.#send();
  }

  readonly #send = (): void => {
    const answers = this.#waiting;
    this.#waiting = [];
    for (const { response, text, bytes } of answers) {
      // As long in bytes as in characters: all of it is ASCII, which is written faster as what it also is.
      response.end(text, bytes === text.length ? 'latin1' : 'utf8');
    }
  };
}
