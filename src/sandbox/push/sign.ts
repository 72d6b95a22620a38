import { createHmac } from 'node:crypto';
import type { JsonObject } from '../json.js';

/** What Meta sends with a notification. */
export function notificationHeaders(body: string, appSecret: string): Record<string, string> {
  const mac = (algorithm: 'sha1' | 'sha256'): string =>
    `${algorithm}=${createHmac(algorithm, appSecret).update(body).digest('hex')}`;
  return {
    'user-agent': 'facebookexternalua',
    'content-type': 'application/json',
    'x-hub-signature': mac('sha1'),
    'x-hub-signature-256': mac('sha256'),
    'facebook-api-version': 'v23.0',
  };
}

/**
 * What Meta sends when somebody removes the app, or asks for the deletion of their data.
 *
 * @see Meta: "Data Deletion Request Callback"
 */
export function signedRequest(payload: JsonObject, appSecret: string): string {
  const encoded = Buffer.from(JSON.stringify(payload)).toString('base64url');
  const mac = createHmac('sha256', appSecret).update(encoded).digest('base64url');
  return `${mac}.${encoded}`;
}
