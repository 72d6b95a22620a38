import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line to a server on this machine that can be cut so that neither end hears of it. */
export interface Line extends AsyncDisposable {
  readonly port: number;
  /** Nothing passes any more, on connections that are open or come. */
  cut(): void;
  /** Connections that come pass again; those that were cut stay dead. */
  mend(): void;
}

export async function createLine(serverPort: number): Promise<Line> {
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    open.add(near);
    near.on('error', () => undefined).once('close', () => open.delete(near));
    if (isCut) return;
    const far = connect(serverPort, '127.0.0.1');
    far.on('error', () => undefined);
    near.pipe(far).pipe(near);
    near.once('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      for (const near of open) near.unpipe().pause();
    },
    mend: () => {
      isCut = false;
    },
    [Symbol.asyncDispose]: async () => {
      for (const near of open) near.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
