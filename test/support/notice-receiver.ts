import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A notice as it arrived. */
interface ReceivedNotice {
  readonly id: string;
  readonly signature: string;
  readonly raw: string;
  readonly body: {
    readonly id: string;
    readonly type: string;
    readonly at: string;
    readonly account: { readonly accountId: string; readonly accountName: string } | null;
    readonly problem: { readonly code: string } | null;
  };
}

/** The operator's side: takes notices, or refuses them with a status. */
export interface NoticeReceiver extends AsyncDisposable {
  readonly env: { readonly NOTIFY_URL: string; readonly NOTIFY_SECRET: string };
  readonly received: readonly ReceivedNotice[];
  /** What it took, in order of arrival. */
  readonly taken: readonly ReceivedNotice[];
  types(): string[];
  /** Answers with this status from now on. */
  answerWith(status: number): void;
  isSigned(notice: ReceivedNotice): boolean;
}

export async function createNoticeReceiver(): Promise<NoticeReceiver> {
  const secret = `notices-${randomBytes(18).toString('hex')}`;
  const received: ReceivedNotice[] = [];
  const taken: ReceivedNotice[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    void text(request).then((raw) => {
      const notice = {
        id: String(request.headers['x-moca-notice-id']),
        signature: String(request.headers['x-moca-signature-256']),
        raw,
        body: JSON.parse(raw) as ReceivedNotice['body'],
      };
      received.push(notice);
      if (status < 300) taken.push(notice);
      response.writeHead(status, { location: '/elsewhere' }).end('thank you');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: { NOTIFY_URL: `http://127.0.0.1:${port}/hook?key=canary-of-the-url`, NOTIFY_SECRET: secret },
    received,
    taken,
    types: () => taken.map(({ body }) => body.type),
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
