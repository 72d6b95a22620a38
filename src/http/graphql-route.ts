import { HeaderMap, type ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestContext } from '../request-context.js';
import type { FastPath } from './fast-path.js';
import { sendRefusal } from './error-responses.js';

/** Hands POST /graphql to Apollo's whole pipeline. */
export function registerGraphQLRoute(
  server: FastifyInstance,
  apollo: ApolloServer<RequestContext>,
  contextOf: (request: FastifyRequest) => RequestContext | Promise<RequestContext>,
  fastPath: FastPath | null,
): void {
  server.post('/graphql', async (request, reply) => {
    const headers = new HeaderMap();
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
    }
    const response = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: request.method, headers, search: '', body: request.body },
      context: () => Promise.resolve(contextOf(request)),
    });
    reply.code(response.status ?? 200).header('cache-control', 'no-store');
    for (const [name, value] of response.headers) reply.header(name, value);
    if (response.body.kind === 'complete') {
      if (reply.statusCode === 200) fastPath?.learn(request.raw, reply.getHeaders());
      return reply.send(response.body.string);
    }
    // Only @defer and @stream are answered in chunks, and the schema has neither.
    throw new TypeError('Apollo Server answered in chunks.');
  });
  // A GET would put the operation into a URL, and with it into logs.
  server.route({
    method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'],
    url: '/graphql',
    handler: (_request, reply) => sendRefusal(reply.header('allow', 'POST'), 405),
  });
}
