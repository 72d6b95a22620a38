import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { SECOND, systemClock } from '../time.js';
import { within } from '../within.js';

/** Whoever is sending a request when the server stops has this long for the rest of it. */
const ARRIVAL_MS = 2 * SECOND;

/** Whoever is not answered so long after the server stops is not answered at all. */
const DRAIN_MS = 15 * SECOND;

/**
 * Lets the server close in a bounded time. A request whose body has arrived is accepted: it gets its answer,
 * also while the server stops. One that is still arriving is none yet, and Node stops to look how long it takes
 * once a server closes: its connection would stay open for as long as the client likes.
 */
export function closeInTime(server: FastifyInstance, stopping: AbortSignal): void {
  const connections = new Set<Socket>();
  /** The requests of each connection that have arrived and are not answered. */
  const accepted = new WeakMap<Socket, Set<string>>();
  server.server.on('connection', (socket: Socket) => {
    connections.add(socket);
    accepted.set(socket, new Set());
    socket.once('close', () => connections.delete(socket));
  });
  server.addHook('preHandler', (request, _reply, done) => {
    accepted.get(request.raw.socket)?.add(request.id);
    done();
  });
  server.addHook('onSend', (_request, reply, payload, done) => {
    // Idle connections are closed when the server stops; one that is busy then would stay open after its answer.
    if (stopping.aborted) reply.header('connection', 'close');
    done(null, payload);
  });
  server.addHook('onResponse', (request, _reply, done) => {
    accepted.get(request.raw.socket)?.delete(request.id);
    done();
  });
  server.addHook('preClose', (done) => {
    if (server.server.listening) void hangUp();
    done();
  });

  async function hangUp(): Promise<void> {
    const closed = once(server.server, 'close');
    // Real time, as clients have it.
    await within(systemClock, ARRIVAL_MS, closed);
    for (const socket of connections) {
      if (accepted.get(socket)?.size === 0) socket.destroy();
    }
    await within(systemClock, DRAIN_MS - ARRIVAL_MS, closed);
    server.server.closeAllConnections();
  }
}
