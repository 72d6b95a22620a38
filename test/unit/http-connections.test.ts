import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { limitConnections, type ConnectionLimits } from '../../src/http/connections.js';
import { MINUTE, SECOND } from '../../src/time.js';
import { eventually } from '../support/eventually.js';
import { send } from '../support/http.js';
import { listening } from '../support/loopback.js';
import { createTestApp } from '../support/test-app.js';

/** More than two sockets hold between them. */
const LARGE = 'x'.repeat(64 * 1024 * 1024);

/** A server with such limits: `/large` answers much, `/slow` when `finish` is called. */
async function createLimitedServer(limits: Partial<ConnectionLimits>) {
  const slow = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    if (request.url === '/large') response.end(LARGE);
    else void slow.promise.then(() => response.end('done'));
  });
  limitConnections(server, { maximum: 100, silentMs: MINUTE, ...limits });
  const { port, [Symbol.asyncDispose]: close } = await listening(server);
  return {
    count: () => countConnections(server),
    finish: slow.resolve,
    /** A connection by which this path was asked for, and whose answer is not read. */
    ask: async (path: string): Promise<Socket> => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      return socket;
    },
    [Symbol.asyncDispose]: close,
  };
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

test('A connection whose answer is not read is closed after a while.', async () => {
  await using server = await createLimitedServer({ silentMs: 300 });
  const socket = await server.ask('/large');
  await eventually(async () => expect(await server.count()).toBe(1));
  await eventually(async () => expect(await server.count()).toBe(0));
  socket.destroy();
});

test('Whoever comes when as many connections are open as may be is turned away, and the others are not.', async () => {
  await using server = await createLimitedServer({ maximum: 2 });
  const first = await server.ask('/slow');
  const second = await server.ask('/slow');
  await once((await server.ask('/slow')).resume(), 'close');
  server.finish();
  for (const socket of [first, second]) {
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('HTTP/1.1 200 OK');
    socket.destroy();
  }
});

test('The server has these limits, and waits longer than any operation takes.', async () => {
  await using moca = await createTestApp();
  const servers = new Set<Server>();
  const note = (message: unknown): void => void servers.add((message as { server: Server }).server);
  subscribe('http.server.request.start', note);
  await send(moca, '/livez');
  unsubscribe('http.server.request.start', note);
  const [server] = servers;
  expect(server?.timeout).toBeGreaterThan(60 * SECOND);
  expect(server?.timeout).toBeLessThan(5 * MINUTE);
  expect(server?.maxConnections).toBe(10_000);
});
