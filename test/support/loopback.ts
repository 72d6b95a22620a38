import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import type { MetaHosts } from '../../src/meta/hosts.js';

/** Something that listens on a free port of this machine until the test ends. */
export interface Listening extends AsyncDisposable {
  readonly port: number;
}

/** Starts a server, and at the end of the test breaks whatever it still has open. */
export async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port on which nobody listens: one that was free a moment ago. */
export async function closedPort(server: Server): Promise<number> {
  await using taken = await listening(server);
  return taken.port;
}

/** A port to which a connection is neither made nor refused: its process sleeps, and its queue is full. */
export async function unansweringPort(): Promise<Listening> {
  // It ends by itself, should the test be cut off before it can end it.
  const program = `
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
      process.exit();
    });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  // The queue takes two; the others stay where the test's own connection will be.
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(fillers.slice(0, 2).map((filler) => once(filler, 'connect')));
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** All of Meta's hosts at one base URL. */
export function allHostsAt(url: string): MetaHosts {
  return { instagramApi: url, instagramGraph: url, facebookGraph: url };
}
