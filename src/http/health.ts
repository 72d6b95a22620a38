import type { FastifyInstance } from 'fastify';

export interface Readiness {
  /** Whether the database answers. */
  readonly database: () => Promise<boolean>;
  /** Whether renewals go on (`CLOSED`) or pause; a detail that makes the server no less ready. */
  readonly renewals: () => Promise<string>;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/**
 * `GET /livez`: the process answers. `GET /readyz`: it can work; 503 while it stops or its database is away.
 * Neither calls Meta.
 */
export function registerHealth(server: FastifyInstance, { database, renewals, stopping }: Readiness): void {
  server.get('/livez', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  server.get('/readyz', async (_request, reply) => {
    // The database may go away between the two.
    const breaker = (await database()) ? await renewals().catch(() => null) : null;
    const checks = { database: breaker !== null, accepting: !stopping.aborted };
    const ready = checks.database && checks.accepting;
    const details = breaker === null ? {} : { renewalBreaker: breaker };
    return reply
      .code(ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: ready ? 'ok' : 'unavailable', checks, details });
  });
}
