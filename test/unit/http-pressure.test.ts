import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { registerHealth } from '../../src/http/health.js';
import { refuseUnderPressure, type PressureLimits } from '../../src/http/pressure.js';
import { eventually } from '../support/eventually.js';

/** A server that is behind by what the limits say, and looks at once. */
async function createServer(limits: Partial<PressureLimits>) {
  const server = fastify();
  await refuseUnderPressure(server, {
    maxEventLoopDelay: 60_000,
    maxHeapUsedBytes: 1e12,
    // A sample without a turn of the event loop in it would count as endless delay.
    sampleInterval: 200,
    ...limits,
  });
  registerHealth(server, {
    database: () => Promise.resolve(true),
    renewals: () => Promise.resolve({}),
    stopping: new AbortController().signal,
  });
  server.post('/graphql', () => 'done');
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}

test.each<Partial<PressureLimits>>([{ maxHeapUsedBytes: 1 }, { maxEventLoopDelay: 1e-6 }])(
  'A process that is too far behind (%o) turns requests away in the shape of all errors, and says that it lives.',
  async (limits) => {
    await using server = await createServer(limits);
    await eventually(async () => {
      const { statusCode, headers, json } = await server.inject({ method: 'POST', url: '/graphql' });
      expect(statusCode).toBe(503);
      expect(headers['retry-after']).toBe('1');
      expect(json()).toEqual({
        errors: [
          {
            message: 'The server has too much to do.',
            extensions: {
              code: 'RATE_LIMITED',
              retryable: true,
              userAction: 'Wait a little and try again.',
              retryAfterSeconds: 1,
            },
          },
        ],
      });
    });
    expect((await server.inject('/readyz')).statusCode).toBe(503);
    expect((await server.inject('/livez')).statusCode).toBe(200);
  },
);

test('A process that is behind in a bearable way goes on answering.', async () => {
  await using server = await createServer({});
  await eventually(() => expect(server.memoryUsage().heapUsed).toBeGreaterThan(0));
  expect((await server.inject({ method: 'POST', url: '/graphql' })).statusCode).toBe(200);
});
