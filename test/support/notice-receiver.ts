import { createSignedReceiver, type SignedReceiver } from './signed-receiver.js';

/** A notice's body. */
interface NoticeBody {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly account: { readonly accountId: string; readonly accountName: string } | null;
  readonly problem: { readonly code: string } | null;
}

/** The operator's side. */
export interface NoticeReceiver extends SignedReceiver<NoticeBody> {
  readonly env: { readonly NOTIFY_URL: string; readonly NOTIFY_SECRET: string };
  types(): string[];
}

export async function createNoticeReceiver(): Promise<NoticeReceiver> {
  const receiver = await createSignedReceiver<NoticeBody>('notices', 'x-moca-notice-id');
  return {
    ...receiver,
    env: { NOTIFY_URL: receiver.url, NOTIFY_SECRET: receiver.secret },
    types: () => receiver.taken.map(({ body }) => body.type),
  };
}
