import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { SECOND, systemClock } from '../time.js';
import { within } from '../within.js';

/** Whoever is sending a request when the server stops has this long for the rest of it. */
const ARRIVAL_MS = 2 * SECOND;

/** Whoever is not answered so long after the server stops is not answered at all. */
const DRAIN_MS = 15 * SECOND;

/** Turns of the event loop without anything new, after which all that has come is read; and how many there are at most. */
const QUIET_TURNS = 5;
const MAXIMUM_TURNS = 500;

/** Told of the requests that have arrived, and of those that are answered. */
export interface Acceptance {
  begin(socket: Socket, requestId: string): void;
  end(socket: Socket, requestId: string): void;
}

/**
 * Lets the server close in a bounded time. A request whose body has arrived is accepted: it gets its answer,
 * also while the server stops. One that is still arriving is none yet, and Node stops to look how long it takes
 * once a server closes: its connection would stay open for as long as the client likes.
 */
export function closeInTime(server: FastifyInstance, stopping: AbortSignal): Acceptance {
  /** The requests of each connection that have arrived and are not answered. */
  const accepted = new Map<Socket, Set<string>>();
  server.server.on('connection', (socket: Socket) => {
    accepted.set(socket, new Set());
    socket.once('close', () => accepted.delete(socket));
  });
  const acceptance: Acceptance = {
    begin: (socket, requestId) => accepted.get(socket)?.add(requestId),
    end: (socket, requestId) => accepted.get(socket)?.delete(requestId),
  };
  server.addHook('preHandler', (request, _reply, done) => {
    acceptance.begin(request.raw.socket, request.id);
    done();
  });
  server.addHook('onSend', (_request, reply, payload, done) => {
    // Idle connections are closed when the server stops; one that is busy then would stay open after its answer.
    if (stopping.aborted) reply.header('connection', 'close');
    done(null, payload);
  });
  server.addHook('onResponse', (request, _reply, done) => {
    acceptance.end(request.raw.socket, request.id);
    done();
  });
  server.addHook('preClose', async () => {
    if (!server.server.listening) return;
    await readWhatHasCome(server.server);
    void hangUp();
  });
  return acceptance;

  async function hangUp(): Promise<void> {
    const closed = once(server.server, 'close');
    // Real time, as clients have it.
    await within(systemClock, ARRIVAL_MS, closed);
    // Behind the answer to another request, which may still be on its way.
    for (const [socket, requests] of accepted) if (requests.size === 0) socket.destroySoon();
    await within(systemClock, DRAIN_MS - ARRIVAL_MS, closed);
    server.server.closeAllConnections();
  }
}

/**
 * Lets the server accept the connections that wait for it, and read what was sent on all of them: Node takes one
 * connection in a turn of its event loop, and whatever waits when the server closes would be reset.
 */
async function readWhatHasCome(server: Server): Promise<void> {
  let quietTurns = 0;
  const note = (): void => {
    quietTurns = 0;
  };
  server.on('connection', note).on('request', note);
  for (let turns = 0; quietTurns < QUIET_TURNS && turns < MAXIMUM_TURNS; turns += 1) {
    quietTurns += 1;
    await nextTurn();
  }
  server.off('connection', note).off('request', note);
}
