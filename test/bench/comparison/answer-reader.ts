/** What stands before the data of every answer that is one. */
const BEGINNING = '{"data":{"';
const END_OF_HEAD = '\r\n\r\n';
const END_OF_CHUNKS = '\r\n0\r\n\r\n';

/** Reads the answers of one connection, as little as that can be done. */
export class AnswerReader {
  /** What has come of an answer whose end is not known yet. */
  #kept: Buffer | null = null;
  /** Bytes of the body that are still to come; null before its length is known. */
  #missing: number | null = null;
  readonly #onAnswer: () => void;

  constructor(onAnswer: () => void) {
    this.#onAnswer = onAnswer;
  }

  /** Gives what is wrong with the answer; null when nothing is. */
  read(chunk: Buffer): string | null {
    if (this.#missing !== null) {
      this.#missing -= chunk.length;
      this.#endIfComplete();
      return null;
    }
    const bytes = this.#kept === null ? chunk : Buffer.concat([this.#kept, chunk]);
    const end = bytes.indexOf(END_OF_HEAD);
    const from = end + END_OF_HEAD.length;
    if (end === -1 || bytes.length < from + BEGINNING.length) return this.#keep(bytes);
    const head = bytes.toString('latin1', 0, end);
    const length = /^content-length: (\d+)/im.exec(head)?.[1];
    if (length === undefined && !bytes.includes(END_OF_CHUNKS)) return this.#keep(bytes);
    const body = length === undefined ? bytes.indexOf('\r\n', from) + 2 : from;
    if (
      !head.startsWith('HTTP/1.1 200 ') ||
      bytes.toString('latin1', body, body + BEGINNING.length) !== BEGINNING
    ) {
      return bytes.toString('latin1', 0, 1_000);
    }
    this.#kept = null;
    this.#missing = length === undefined ? 0 : Number(length) - (bytes.length - from);
    this.#endIfComplete();
    return null;
  }

  #keep(bytes: Buffer): null {
    this.#kept = bytes;
    return null;
  }

  #endIfComplete(): void {
    if (this.#missing !== 0) return;
    this.#missing = null;
    this.#onAnswer();
  }
}
