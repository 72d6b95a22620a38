import type { FastifyInstance } from 'fastify';
import type { AskApollo, ContextOf } from './ask-apollo.js';
import { sendRefusal } from './error-responses.js';
import type { FastPath } from './fast-path.js';

/**
 * Room for three settings of 16 kB each, and the operation around them. JSON writes a quotation mark or the end of a line
 * in two bytes, and a letter beyond ASCII, which has two, in as many as six.
 */
export const OPERATION_LIMIT_BYTES = 160 * 1024;

export interface GraphQLRouteOptions {
  readonly askApollo: AskApollo;
  readonly contextOf: ContextOf;
  readonly fastPath: FastPath | null;
}

/** Hands POST /graphql to Apollo's whole pipeline. */
export function registerGraphQLRoute(
  server: FastifyInstance,
  { askApollo, contextOf, fastPath }: GraphQLRouteOptions,
): void {
  server.post('/graphql', { bodyLimit: OPERATION_LIMIT_BYTES }, async (request, reply) => {
    const { status, headers, text } = await askApollo(request.headers, request.body, () =>
      Promise.resolve(contextOf(request.raw, request.id)),
    );
    reply.code(status);
    if (status === 200) fastPath?.learn(request.raw, reply.getHeaders());
    for (const [name, value] of headers) reply.header(name, value);
    return reply.send(text);
  });
  // A GET would put the operation into a URL, and with it into logs.
  server.route({
    method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'],
    url: '/graphql',
    handler: (_request, reply) => sendRefusal(reply.header('allow', 'POST'), 405),
  });
}
