import type { FastifyInstance } from 'fastify';
import { underAnyPressure } from './pressure.js';

export interface Readiness {
  /** Whether the database answers. */
  readonly database: () => Promise<boolean>;
  /** Whether each app's renewals go on (`CLOSED`) or pause; a detail that makes the server no less ready. */
  readonly renewals: () => Promise<Readonly<Record<string, string>>>;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/**
 * `GET /livez`: the process answers. `GET /readyz`: it can work; 503 while it stops or its database is away.
 * Neither calls Meta.
 */
export function registerHealth(server: FastifyInstance, { database, renewals, stopping }: Readiness): void {
  server.get('/livez', { config: underAnyPressure }, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  server.get('/readyz', async (_request, reply) => {
    // The database may go away between the two.
    const breakers = (await database()) ? await renewals().catch(() => null) : null;
    const checks = { database: breakers !== null, accepting: !stopping.aborted };
    const ready = checks.database && checks.accepting;
    const details = breakers === null ? {} : { renewalBreakers: breakers };
    return reply
      .code(ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: ready ? 'ok' : 'unavailable', checks, details });
  });
}
