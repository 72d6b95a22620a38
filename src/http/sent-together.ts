import type { ServerResponse } from './node-http.js';

/** So many answers are sent without a wait for more. */
const ENOUGH = 16;

interface Answer {
  /** With its head, which says how long the text is. */
  readonly response: ServerResponse;
  readonly text: string;
  /** Of the text, as UTF-8. */
  readonly bytes: number;
  /** Told when it was handed to the connection. */
  readonly onSent?: (() => void) | undefined;
}

/**
 * Sends the answers that are ready in the same turn of the event loop one right after the other, as Redis does, when
 * what has come is worked through. To send wakes whoever reads, a proxy or a client, and its CPU: by the next answer,
 * 50 µs later, it sleeps again. On a virtual machine that cost as much as the answers themselves.
 */
export class SentTogether {
  #waiting: Answer[] = [];

  add(answer: Answer): void {
    this.#waiting.push(answer);
    if (this.#waiting.length === 1) setImmediate(this.send);
    else if (this.#waiting.length === ENOUGH) this.send();
  }

  /** For whoever is about to do something that an answer need not wait for, too. */
  readonly send = (): void => {
    const answers = this.#waiting;
    this.#waiting = [];
    for (const { response, text, bytes, onSent } of answers) {
      try {
        // As long in bytes as in characters: all of it is ASCII, which is written faster as what it also is.
        response.end(text, bytes === text.length ? 'latin1' : 'utf8');
      } catch {
        // It has its head, and can be no other answer now. The others are to be sent.
        response.destroy();
      }
      onSent?.();
    }
  };
}
