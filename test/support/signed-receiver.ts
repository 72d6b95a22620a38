import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Something as it arrived. */
interface Received<Body> {
  /** By which a repetition is known. */
  readonly id: string;
  readonly signature: string;
  readonly raw: string;
  readonly body: Body;
}

/** Whoever gets what this server posts and signs: takes it, or refuses it with a status. */
export interface SignedReceiver<Body> extends AsyncDisposable {
  readonly url: string;
  readonly secret: string;
  readonly received: ReadonlyArray<Received<Body>>;
  /** What it took, in order of arrival. */
  readonly taken: ReadonlyArray<Received<Body>>;
  /** Answers with this status from now on. */
  answerWith(status: number): void;
  isSigned(received: Received<Body>): boolean;
}

export async function createSignedReceiver<Body>(
  kind: string,
  keyHeader: string,
): Promise<SignedReceiver<Body>> {
  const secret = `${kind}-${randomBytes(18).toString('hex')}`;
  const received: Array<Received<Body>> = [];
  const taken: Array<Received<Body>> = [];
  let status = 200;
  const server = createServer((request, response) => {
    void text(request).then((raw) => {
      const one = {
        id: String(request.headers[keyHeader]),
        signature: String(request.headers['x-moca-signature-256']),
        raw,
        body: JSON.parse(raw) as Body,
      };
      received.push(one);
      if (status < 300) taken.push(one);
      response.writeHead(status, { location: '/elsewhere' }).end('thank you');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook?key=canary-of-the-url`,
    secret,
    received,
    taken,
    answerWith: (next) => {
      status = next;
    },
    isSigned: ({ raw, signature }) =>
      signature === `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
