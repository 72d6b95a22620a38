import fastifyRateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RateLimit } from '../config.js';
import { AppError } from '../errors.js';
import type { LimitedOperation } from '../request-context.js';

/** How many addresses are remembered at a time, for each operation. */
const REMEMBERED_ADDRESSES = 10_000;

/** Counts a use of an operation by the caller's address. */
export type CountUse = (operation: LimitedOperation, address: string) => Promise<void>;

/** The limits of the operations that need no key. Counted in this process, not over replicas. */
export async function createRateLimits(
  server: FastifyInstance,
  limits: Readonly<Record<LimitedOperation, RateLimit>>,
): Promise<CountUse> {
  await server.register(fastifyRateLimit, { global: false, cache: REMEMBERED_ADDRESSES });
  const check = (operation: LimitedOperation) =>
    server.createRateLimit({
      max: limits[operation].maximum,
      timeWindow: limits[operation].windowMs,
      keyGenerator: (request) => request.ip,
    });
  const checks = { authUrl: check('authUrl'), complete: check('complete') };
  return async (operation, address) => {
    // All that it looks at: there is not always a request of Fastify's.
    const request = { ip: address, routeOptions: {} } as FastifyRequest;
    const result = await checks[operation](request);
    if (result.isAllowed || !result.isExceeded) return;
    throw new AppError('RATE_LIMITED', 'Too many calls from this address.', {
      retryAfterSeconds: Math.max(1, result.ttlInSeconds),
    });
  };
}
