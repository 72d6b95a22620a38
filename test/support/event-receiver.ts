import { createSignedReceiver, type SignedReceiver } from './signed-receiver.js';

/** A forwarded event. */
export interface EventBody {
  readonly id: string;
  readonly accountId: string | null;
  readonly entryId: string;
  readonly object: string;
  readonly field: string;
  readonly isEcho: boolean;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly payload: { readonly text?: string; readonly message?: { readonly mid: string } };
}

/** The services' side. */
export interface EventReceiver extends SignedReceiver<EventBody> {
  readonly env: { readonly EVENTS_URL: string; readonly EVENTS_SECRET: string };
}

export async function createEventReceiver(): Promise<EventReceiver> {
  const receiver = await createSignedReceiver<EventBody>('events', 'idempotency-key');
  return { ...receiver, env: { EVENTS_URL: receiver.url, EVENTS_SECRET: receiver.secret } };
}
