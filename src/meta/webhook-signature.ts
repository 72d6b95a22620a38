import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../secret.js';

/**
 * A secret that Meta may sign with. Which one it takes is not certain (its documentation says "the App Secret",
 * and Instagram Login has one of its own), and a secret that changes has a predecessor: each is tried.
 */
export interface SigningSecret {
  /** For the log: which one it was. */
  readonly name: 'instagram' | 'facebook' | 'instagram_previous' | 'facebook_previous';
  readonly secret: Secret;
}

/** HMAC-SHA256, 32 bytes. */
const MAC_BYTES = 32;

/**
 * Which of the secrets signed an event notification; null when none did.
 *
 * @param header `X-Hub-Signature-256`: `sha256=` and 64 lower-case hex digits. Meta's older SHA-1 header does not count
 * @param rawBody the bytes as they arrived: Meta signs what it sends, with its own escapes, and the same JSON
 *   written anew is another text
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
 */
export function findWebhookSigner(
  header: string | undefined,
  rawBody: Buffer,
  secrets: readonly SigningSecret[],
): SigningSecret['name'] | null {
  const hex = /^sha256=([0-9a-f]{64})$/.exec(header ?? '')?.[1];
  return hex === undefined ? null : findSigner(Buffer.from(hex, 'hex'), rawBody, secrets);
}

/** Whose HMAC-SHA256 of `message` this is. Every secret is tried: how long it takes tells nothing. */
export function findSigner(
  mac: Buffer,
  message: Buffer,
  secrets: readonly SigningSecret[],
): SigningSecret['name'] | null {
  if (mac.length !== MAC_BYTES) return null;
  let signer: SigningSecret['name'] | null = null;
  for (const { name, secret } of secrets) {
    const expected = createHmac('sha256', secret.reveal()).update(message).digest();
    if (timingSafeEqual(expected, mac)) signer ??= name;
  }
  return signer;
}
