import { SECOND } from '../time.js';
import type { ServerResponse } from './node-http.js';

/** A response, with what Node keeps in it until the body comes: the head, as it will be sent. */
type KeepingHead = ServerResponse & { _header?: string | null };

/**
 * The head of an answer, or of many that differ in their length alone. Node looks through each of its fifteen headers,
 * and writes them down, once in a second: the other answers of that second, whose `Date` is the same, get what it
 * wrote. Where it keeps that elsewhere, in another version, it writes the head of each.
 */
export class AnswerHead {
  /** What Node wrote before the length, and behind it; of which second. */
  #written: { readonly before: string; readonly after: string; readonly second: number } | null = null;

  /** @param headers names and values, in turn */
  constructor(
    private readonly status: number,
    private readonly headers: readonly string[],
  ) {}

  /** @param bytes how long the body is */
  write(response: ServerResponse, bytes: number): void {
    const second = Math.floor(Date.now() / SECOND);
    const keeping: KeepingHead = response;
    // Whoever wants the connection closed is told so: by Node.
    if (this.#written?.second === second && response.shouldKeepAlive) {
      response.statusCode = this.status;
      keeping._header = `${this.#written.before}${bytes}${this.#written.after}`;
      return;
    }
    response.writeHead(this.status, [...this.headers, 'content-length', String(bytes)]);
    if (typeof keeping._header !== 'string' || !response.shouldKeepAlive) return;
    // When it is busy, Node notices a new second late.
    if (!keeping._header.includes(`: ${new Date(second * SECOND).toUTCString()}\r\n`)) return;
    const [before, after] = keeping._header.split(`content-length: ${bytes}\r\n`);
    if (before === undefined || after === undefined) return;
    this.#written = { before: `${before}content-length: `, after: `\r\n${after}`, second };
  }
}
