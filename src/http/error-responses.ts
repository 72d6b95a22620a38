import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DATABASE_RETRY_SECONDS, databaseAway, errorTraits } from '../errors.js';
import type { Logger } from '../logger.js';
import { isDatabaseAway } from '../sql/database-away.js';

/** What is wrong with a request before GraphQL sees it, in words of our own: the framework's repeat input. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'The body is not valid JSON.',
  403: 'This was not signed by Meta, or does not know what Meta knows.',
  404: 'There is nothing here.',
  405: 'Operations are sent by POST.',
  408: 'The request took too long to arrive.',
  413: 'The body is too large.',
  415: 'The content type must be application/json.',
  431: 'The headers are too large.',
};

const CODES: Readonly<Record<number, string>> = { 403: 'FORBIDDEN', 404: 'NOT_FOUND' };

const NOT_VALID = 'The request is not valid.';

/** Answers everything that goes wrong outside GraphQL in the same shape as GraphQL's errors. */
export function registerErrorResponses(server: FastifyInstance, logger: Logger): void {
  server.setErrorHandler((error: unknown, request, reply) => {
    const status = statusOf(error);
    if (status < 500) return sendRefusal(reply, status);
    const answer = answerFailure(error, request.id, logger);
    for (const [name, value] of answer.headers) reply.header(name, value);
    return reply.code(answer.status).send(answer.body);
  });
  server.setNotFoundHandler((_request, reply) => sendRefusal(reply, 404));
}

/** Answers a request that is wrong as HTTP goes. */
export function sendRefusal(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).send(errorBody(CODES[status] ?? 'BAD_USER_INPUT', MESSAGES[status] ?? NOT_VALID));
}

/** Answers a request that this process has no room for just now. */
export function sendBusy(reply: FastifyReply, retryAfterSeconds: number): FastifyReply {
  const { retryable, userAction } = errorTraits.RATE_LIMITED;
  return reply
    .code(503)
    .header('retry-after', retryAfterSeconds)
    .send(
      errorBody('RATE_LIMITED', 'The server has too much to do.', {
        retryable,
        userAction,
        retryAfterSeconds,
      }),
    );
}

/** What is answered when something fails that is not the caller's fault; the log has the rest. */
export function answerFailure(
  error: unknown,
  requestId: string,
  logger: Logger,
): { status: number; headers: ReadonlyArray<readonly [string, string]>; body: object } {
  const id = randomUUID();
  const type = ['content-type', 'application/json; charset=utf-8'] as const;
  if (isDatabaseAway(error)) {
    logger.error({ err: error, errorId: id, requestId }, 'the database is away');
    const { extensions, message } = databaseAway(id);
    const headers = [type, ['retry-after', String(DATABASE_RETRY_SECONDS)]] as const;
    return { status: 503, headers, body: { errors: [{ message, extensions }] } };
  }
  logger.error({ err: error, errorId: id, requestId }, 'an unexpected error was masked');
  const body = errorBody('INTERNAL_SERVER_ERROR', 'Internal server error.', { id });
  return { status: 500, headers: [type], body };
}

/** The same for what never becomes a request of a route: part of the options that Fastify is made with. */
export const earlyErrorResponses = {
  /** A path that cannot be decoded. */
  frameworkErrors: (_error: Error, _request: FastifyRequest, reply: FastifyReply): void => {
    void reply.code(400).send(errorBody('BAD_USER_INPUT', NOT_VALID));
  },
  /** Something that is not HTTP, is too slow, or has headers without end. */
  clientErrorHandler: (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return;
    const [status, words] = EARLY_STATUSES[error.code ?? ''] ?? [400, 'Bad Request'];
    const body = JSON.stringify(
      errorBody('BAD_USER_INPUT', status === 400 ? NOT_VALID : (MESSAGES[status] ?? NOT_VALID)),
    );
    socket.end(
      `HTTP/1.1 ${status} ${words}\r\nContent-Type: application/json; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  },
};

const EARLY_STATUSES: Readonly<Record<string, [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
};

function errorBody(code: string, message: string, extensions: object = {}): object {
  return { errors: [{ message, extensions: { code, ...extensions } }] };
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
