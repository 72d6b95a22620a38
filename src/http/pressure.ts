import { getHeapStatistics } from 'node:v8';
import fastifyUnderPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { SECOND } from '../time.js';
import { sendBusy } from './error-responses.js';

/** How far this process may be behind before it turns requests away. */
export interface PressureLimits {
  /** The mean over a sample: a single long pause, as on a busy machine, does not come near it. */
  readonly maxEventLoopDelay: number;
  readonly maxHeapUsedBytes: number;
  /** In milliseconds. A sample with room for many turns even of a slow event loop. */
  readonly sampleInterval: number;
}

const pressureLimits: PressureLimits = {
  maxEventLoopDelay: 3 * SECOND,
  maxHeapUsedBytes: 0.9 * getHeapStatistics().heap_size_limit,
  sampleInterval: 5 * SECOND,
};

/** Given to a route that answers under any pressure. */
export const underAnyPressure = { pressureHandler: (): void => undefined };

/** Turns requests away while the process is far behind, before they make it worse: those under way can end. */
export async function refuseUnderPressure(
  server: FastifyInstance,
  limits: PressureLimits = pressureLimits,
): Promise<void> {
  await server.register(fastifyUnderPressure, {
    ...limits,
    pressureHandler: (_request, reply) => {
      sendBusy(reply, Math.ceil(limits.sampleInterval / SECOND));
    },
  });
}
