import type { AnswerHead } from './answer-head.js';
import type { IncomingMessage } from './node-http.js';

/** Names and values, in turn, as Node takes them. */
export type Head = readonly string[];

export type Headers = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface Heads {
  /** What every answer has: security and CORS. */
  readonly common: Head;
  /** The same, with what Apollo Server says of an answer without errors; null until it has said it. */
  whole: AnswerHead | null;
}

/** Headers that belong to one answer only. */
const OWN: readonly string[] = ['content-length', 'date', 'connection', 'keep-alive'];

/** The headers of answers, as they were when Fastify made them, by what of a request they depend on. */
export class KnownHeads {
  readonly #heads = new Map<string, Heads>();

  find({ headers }: IncomingMessage): Heads | undefined {
    return this.#heads.get(keyOf(headers));
  }

  /** Notes the headers that Fastify and its plugins have given to an answer. */
  learn({ headers }: IncomingMessage, common: Headers): void {
    const key = keyOf(headers);
    if (!this.#heads.has(key)) this.#heads.set(key, { common: toHead(Object.entries(common)), whole: null });
  }
}

/** `own` headers behind `common` ones. */
export function toHead(own: Iterable<readonly [string, Headers[string]]>, common: Head = []): Head {
  const head = [...common];
  for (const [name, value] of own) {
    if (OWN.includes(name)) continue;
    for (const one of Array.isArray(value) ? value : [value]) head.push(name, String(one));
  }
  return head;
}

function keyOf({ origin = '', accept = '' }: IncomingMessage['headers']): string {
  return `${origin} ${accept}`;
}
