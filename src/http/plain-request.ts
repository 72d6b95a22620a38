import type { IncomingMessage } from './node-http.js';

/** What browsers, and GraphQL's usual clients, say. */
const CONTENT_TYPES: readonly unknown[] = ['application/json', 'application/json; charset=utf-8'];
const ACCEPTS: readonly unknown[] = [
  undefined,
  '*/*',
  'application/json',
  'application/graphql-response+json, application/json',
  'application/graphql-response+json;charset=utf-8, application/json;charset=utf-8',
];

export interface PlainRequests {
  readonly corsOrigins: readonly string[];
  readonly bodyLimitBytes: number;
}

/** Whether a request is one of GraphQL's, with nothing about it but its body that could make a difference. */
export function isPlain(
  { method, url, headers }: IncomingMessage,
  { corsOrigins, bodyLimitBytes }: PlainRequests,
): boolean {
  const { origin } = headers;
  const length = Number(headers['content-length']);
  return (
    method === 'POST' &&
    url === '/graphql' &&
    CONTENT_TYPES.includes(headers['content-type']) &&
    ACCEPTS.includes(headers.accept) &&
    (origin === undefined || corsOrigins.includes(origin)) &&
    headers['content-encoding'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    headers.expect === undefined &&
    length > 0 &&
    length <= bodyLimitBytes
  );
}

/** Reads the body of a plain request. `done` is not called for one that does not arrive. */
export function readBody(request: IncomingMessage, done: (bytes: Buffer) => void): void {
  const length = Number(request.headers['content-length']);
  const chunks: Buffer[] = [];
  let received = 0;
  request.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    received += chunk.length;
    if (received === length) done(chunks.length === 1 ? chunk : Buffer.concat(chunks));
  });
}
