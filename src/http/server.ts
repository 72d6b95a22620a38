import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ApolloServer } from '@apollo/server';
import fastifyCors from '@fastify/cors';
import fastifyHelmet from '@fastify/helmet';
import { fastify, type FastifyInstance } from 'fastify';
import type { Config } from '../config.js';
import type { Logger, RequestLogger } from '../logger.js';
import type { RequestContext } from '../request-context.js';
import { SECOND, type Clock } from '../time.js';
import { mapMaybePromise } from '../maybe-promise.js';
import { apolloAsker, type ContextOf } from './ask-apollo.js';
import type { Authenticate } from './authenticate.js';
import { clientAddress, proxyTrust } from './client-address.js';
import { closeInTime } from './closing.js';
import { limitConnections } from './connections.js';
import { earlyErrorResponses, registerErrorResponses } from './error-responses.js';
import { FastPath, type FastPathOptions } from './fast-path.js';
import { OPERATION_LIMIT_BYTES, registerGraphQLRoute } from './graphql-route.js';
import { registerHealth, type Readiness } from './health.js';
import { registerMetaRoutes, type MetaCalls } from './meta-routes.js';
import { registerMetrics, type HttpMetrics } from './metrics-route.js';
import type { RequestListener } from './node-http.js';
import { registerPages } from './pages.js';
import { readJson } from './read-json.js';
import { refuseUnderPressure } from './pressure.js';
import { createRateLimits } from './rate-limits.js';

/** Room for whatever is no operation. */
const BODY_LIMIT_BYTES = 64 * 1024;

/** Where profile pictures come from. */
const PICTURE_SOURCES = ['https://*.cdninstagram.com', 'https://*.fbcdn.net'];

export interface HttpServerOptions {
  readonly config: Config;
  readonly apollo: ApolloServer<RequestContext>;
  readonly authenticate: Authenticate;
  readonly metaCalls: MetaCalls;
  readonly readiness: Readiness;
  readonly clock: Clock;
  /** Null when nobody counts. */
  readonly metrics: HttpMetrics | null;
  /** Our own operations, by their texts; null where all go the same way. */
  readonly findOperation: FastPathOptions['findOperation'] | null;
  readonly logger: RequestLogger;
}

/** The HTTP server, ready to listen: limits, headers, CORS, and the routes. */
export async function createHttpServer({
  config,
  apollo,
  authenticate,
  metaCalls,
  readiness,
  clock,
  metrics,
  findOperation,
  logger,
}: HttpServerOptions): Promise<FastifyInstance> {
  const trust = proxyTrust(config.trustProxy);
  const server = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: trust ?? false,
    // For a request to arrive; an answer may take as long as the operation's own limits say.
    requestTimeout: 15 * SECOND,
    genReqId: () => randomUUID(),
    // Whatever still arrives on an open connection while the server stops is answered like before.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // Node looks every 30 seconds by itself: a limit of 15 could be one of 45.
    http: { headersTimeout: 10 * SECOND, connectionsCheckingInterval: SECOND },
    routerOptions: { ignoreTrailingSlash: true },
    ...earlyErrorResponses,
  });
  limitConnections(server.server);
  registerLog(server, logger);
  const acceptance = closeInTime(server, readiness.stopping);
  registerErrorResponses(server, logger);
  await server.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        connectSrc: ["'self'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", ...PICTURE_SOURCES],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  });
  await server.register(fastifyCors, {
    origin: [...config.corsOrigins],
    methods: ['POST'],
    allowedHeaders: ['authorization', 'content-type'],
    maxAge: 600,
  });
  if (metrics !== null) registerMetrics(server, metrics);
  await refuseUnderPressure(server);
  const parseBody = readJson(server);
  const countUse = createRateLimits(config.rateLimits, clock);
  const askApollo = apolloAsker(apollo);
  const contextOf: ContextOf = (request, requestId) =>
    mapMaybePromise(authenticate(request.headers.authorization, request.socket), (authentication) => ({
      ...authentication,
      requestId,
      countUse: (operation) => countUse(operation, clientAddress(request, trust)),
    }));
  let fastPath: FastPath | null = null;
  if (findOperation !== null) {
    fastPath = new FastPath({
      findOperation,
      askApollo,
      contextOf,
      parseBody,
      isUnderPressure: () => server.isUnderPressure(),
      acceptance,
      corsOrigins: config.corsOrigins,
      bodyLimitBytes: OPERATION_LIMIT_BYTES,
      metrics,
      logger,
      stopping: readiness.stopping,
    });
    putBefore(server, fastPath);
  }
  registerGraphQLRoute(server, { askApollo, contextOf, fastPath });
  await registerMetaRoutes(server, metaCalls);
  registerHealth(server, readiness);
  await registerPages(server, new URL(config.redirectUri).origin);
  return server;
}

/** Node hands each request to one listener: Fastify's. What was read of one that is left to it is given to it. */
function putBefore(server: FastifyInstance, fastPath: FastPath): void {
  const [others] = server.server.listeners('request') as RequestListener[];
  if (others === undefined) throw new TypeError('Fastify does not listen to requests.');
  server.server.off('request', others).on('request', fastPath.before(others));
  server.addHook('preParsing', (request, _reply, payload, done) => {
    const body = fastPath.bodyOf(request.raw);
    done(null, body === undefined ? payload : Readable.from([body]));
  });
}

/**
 * One line for each request, without its query (the callback page's holds the code) and without the values in its
 * path (a deletion's confirmation code).
 */
function registerLog(server: FastifyInstance, logger: Logger): void {
  server.addHook('onResponse', (request, reply, done) => {
    const { url: route } = request.routeOptions;
    const path = route?.includes('/:') ? route : request.url.split('?', 1)[0];
    const durationMs = Math.round(reply.elapsedTime);
    logger.info(
      { requestId: request.id, method: request.method, path, status: reply.statusCode, durationMs },
      'request',
    );
    done();
  });
}
