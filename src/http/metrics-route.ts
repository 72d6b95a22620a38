import type { FastifyInstance } from 'fastify';
import { underAnyPressure } from './pressure.js';

export interface HttpMetrics {
  /**
   * Told of every answer. `route` is the pattern of the route, never the path that was asked for; null where
   * there is none. The methods are those that Node's parser knows.
   */
  readonly onAnswer: (route: string | null, method: string, status: number, durationMs: number) => void;
  /** Told of every operation that the fast path answered. */
  readonly onFastAnswer: (operation: string, field: string) => void;
  /** Everything that was counted, for `GET /metrics`. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
}

/** `GET /metrics`, in Prometheus' text format, and the count of what all routes answer. */
export function registerMetrics(server: FastifyInstance, { onAnswer, text, contentType }: HttpMetrics): void {
  server.addHook('onResponse', (request, reply, done) => {
    onAnswer(request.routeOptions.url ?? null, request.method, reply.statusCode, reply.elapsedTime);
    done();
  });
  // What is wrong is best seen while it is.
  server.get('/metrics', { config: underAnyPressure }, async (request, reply) => {
    // Spelled as it is and in no other way that the router takes: a proxy keeps it inside by its name.
    if (request.url.split('?', 1)[0] !== '/metrics') return reply.callNotFound();
    return reply
      .header('cache-control', 'no-store')
      .type(contentType)
      .send(await text());
  });
}
