import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Answer } from './answer.js';

/** Real answers are a few hundred bytes; anything that takes this much in is not looking. */
const HUGE_BYTES = 2 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

interface Rendered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

function render(answer: Answer): Rendered {
  const [text, type] =
    'json' in answer.body
      ? [JSON.stringify(answer.body.json), 'application/json; charset=UTF-8']
      : [answer.body.text, answer.body.type];
  return { status: answer.status, text, headers: { ...answer.headers, 'content-type': type } };
}

export async function sendAnswer(reply: FastifyReply, answer: Answer): Promise<void> {
  const { status, headers, text } = render(answer);
  await reply.code(status).headers(headers).send(text);
}

/** A good answer with megabytes of white space behind it: valid for whoever reads to the end. */
export async function sendHuge(reply: FastifyReply, answer: Answer): Promise<void> {
  const { status, headers, text } = render(answer);
  const chunks = function* (): Generator<string> {
    yield text;
    for (let sent = 0; sent < HUGE_BYTES; sent += CHUNK_BYTES) yield ' '.repeat(CHUNK_BYTES);
  };
  await reply.code(status).headers(headers).send(Readable.from(chunks()));
}

/** Promises more than it sends, then closes the connection. */
export function sendTruncated(reply: FastifyReply, answer: Answer): void {
  const { status, headers, text } = render(answer);
  const bytes = Buffer.from(text);
  reply.hijack();
  reply.raw.writeHead(status, { ...headers, 'content-length': bytes.length });
  reply.raw.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => reply.raw.socket?.destroy());
}

/** The connection ends without an answer: politely, or with a reset. */
export function dropConnection(reply: FastifyReply, how: 'end' | 'reset'): void {
  reply.hijack();
  const { socket } = reply.raw;
  if (how === 'reset') socket?.resetAndDestroy();
  else socket?.destroy();
}
