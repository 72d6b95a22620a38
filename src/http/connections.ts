import type { FastifyInstance } from 'fastify';
import { MINUTE } from '../time.js';

export interface ConnectionLimits {
  /** How many may be open at a time: whoever comes then is turned away at once. */
  readonly maximum: number;
  /** How long one stays open on which nothing is sent in either direction, in milliseconds. */
  readonly silentMs: number;
}

const connectionLimits: ConnectionLimits = {
  maximum: 10_000,
  // Longer than what is asked of Meta takes: whoever waits for an answer is silent, too.
  silentMs: 2 * MINUTE,
};

/**
 * Bounds what connections cost. Each has a time for its request, and one for the next; without this one there is none
 * for answers, which whoever does not read them leaves in our memory.
 */
export function limitConnections(
  server: FastifyInstance['server'],
  { maximum, silentMs }: ConnectionLimits = connectionLimits,
): void {
  server.maxConnections = maximum;
  server.setTimeout(silentMs);
}
