import type { Secret } from '../secret.js';

/** A token as Meta has just handed it out. */
export interface AccessToken {
  readonly value: Secret;
  /** Seconds that it lives, counted from `receivedAt`; null where Meta did not say. */
  readonly expiresInSeconds: number | null;
  /** When the answer had arrived, by our clock. */
  readonly receivedAt: Date;
}
