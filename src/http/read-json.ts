import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseJsonLosslessly } from '../lossless-json.js';

/** What a key that reaches for a prototype has in it, or may have. */
const UNSAFE = ['__proto__', 'constructor', '\\u'];

/** A number that JavaScript may not hold; what looks like one may also stand in a text. */
const LONG_INTEGER = /[[:,]\s*-?\d{16}/;

/**
 * Has bodies read by Fastify's own parser, with its guard against `__proto__`, but for ids: GraphQL takes one as a number,
 * too, and one that JavaScript rounds would be another account's.
 *
 * @returns the same, for texts that were read already; it throws what Fastify would answer with
 */
export function readJson(server: FastifyInstance): (text: string) => unknown {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    void parse(request, text, (error, body: unknown) => {
      if (error === null) done(null, LONG_INTEGER.test(text) ? parseJsonLosslessly(text) : body);
      else done(error);
    });
  });
  return (text) => {
    const isLong = LONG_INTEGER.test(text);
    // The parser looks for two words, however they are written; without either, JSON.parse does the same.
    if (!UNSAFE.some((one) => text.includes(one))) {
      return isLong ? parseJsonLosslessly(text) : JSON.parse(text);
    }
    let parsed: unknown;
    // It looks at nothing but the text.
    void parse({} as FastifyRequest, text, (error, body) => {
      if (error !== null) throw error;
      parsed = body;
    });
    return isLong ? parseJsonLosslessly(text) : parsed;
  };
}
