import { createHmac } from 'node:crypto';
import got, { RequestError, type Got } from 'got';
import type { SignedTarget } from '../config.js';
import { SECOND } from '../time.js';

const CONNECT_MS = 3 * SECOND;
const TOTAL_MS = 10 * SECOND;

export type PostResult =
  { readonly delivered: true } | { readonly delivered: false; readonly problem: string };

/** Posts JSON to one receiver, who knows it by `X-Moca-Signature-256` (HMAC-SHA256 of the raw body). */
export class SignedPost {
  readonly #http: Got;

  constructor(private readonly target: SignedTarget) {
    this.#http = got.extend({
      method: 'POST',
      followRedirect: false,
      throwHttpErrors: false,
      retry: { limit: 0 },
      timeout: { lookup: CONNECT_MS, connect: CONNECT_MS, secureConnect: CONNECT_MS, request: TOTAL_MS },
      headers: { 'content-type': 'application/json', 'user-agent': 'moca-connect' },
    });
  }

  /** Delivered is what was answered with 2xx. Only the status counts: the answer's body is never read. */
  async send(body: string, headers: Readonly<Record<string, string>>): Promise<PostResult> {
    const { url, secret } = this.target;
    const signature = createHmac('sha256', secret.reveal()).update(body).digest('hex');
    try {
      const stream = this.#http.stream.post(url.reveal(), {
        body,
        headers: { ...headers, 'x-moca-signature-256': `sha256=${signature}` },
      });
      const status = await new Promise<number>((resolve, reject) => {
        stream.once('response', (response: { statusCode: number }) => resolve(response.statusCode));
        stream.once('error', reject);
      });
      // An error after the answer changes nothing.
      stream.on('error', () => undefined);
      stream.destroy();
      if (status >= 200 && status < 300) return { delivered: true };
      return { delivered: false, problem: `HTTP ${status}` };
    } catch (error) {
      // The client's own errors hold the URL: only their code is told.
      const code =
        error instanceof RequestError && /^[A-Z0-9_]{2,64}$/.test(error.code) ? error.code : 'failed';
      return { delivered: false, problem: code };
    }
  }
}
