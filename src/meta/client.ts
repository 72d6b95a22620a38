import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import got, { type Got, type Request } from 'got';
import type { ZodType } from 'zod';
import { Secret } from '../secret.js';
import { SECOND, type Clock } from '../time.js';
import type { Endpoint, MetaHosts } from './hosts.js';
import { MetaError } from './meta-error.js';
import { badAnswer, readAnswer, type RawAnswer } from './read-answer.js';
import { regainTime } from './regain-time.js';
import { limitsFrom, type LimitKeeper } from './limits.js';
import { transportError } from './transport-error.js';
import { readUsage, type Usage } from './usage.js';

/** An answer over 1 MB is cut off: no documented answer comes near it. */
const ANSWER_LIMIT_BYTES = 1024 * 1024;

/** No agent: not even the process's own one, which keeps connections too. */
const OWN_CONNECTION = { http: false, https: false } as const;

export interface MetaTimeouts {
  /** For each of: name look-up, TCP connect, TLS handshake. */
  readonly connectMs: number;
  /** From the end of the request to the first byte of the answer. */
  readonly responseMs: number;
  /** For one call as a whole. */
  readonly totalMs: number;
}

export const defaultTimeouts: MetaTimeouts = {
  connectMs: 3 * SECOND,
  responseMs: 10 * SECOND,
  totalMs: 15 * SECOND,
};

/** By name; a `Secret` is revealed as it goes out, and blanked out of whatever comes back. */
type MetaParameters = Readonly<Record<string, string | Secret>>;

export interface MetaRequest<T> {
  readonly endpoint: Endpoint;
  readonly host: keyof MetaHosts;
  /** Path below the host's base URL, with its leading slash. */
  readonly path: string;
  readonly query?: MetaParameters;
  /** A form to POST; without it the call is a GET, or what `method` says. */
  readonly form?: MetaParameters;
  readonly method?: 'POST' | 'DELETE';
  /** What the documented answer looks like. */
  readonly schema: ZodType<T>;
}

export interface MetaAnswer<T> {
  readonly body: T;
  /** When the answer had arrived, by our clock: what `expires_in` counts from. */
  readonly receivedAt: Date;
}

/** What is told of every call that has ended; never a token, code or secret. */
export interface MetaCallReport {
  readonly endpoint: Endpoint;
  readonly status: number | null;
  readonly durationMs: number;
  /** The Graph API version that answered, where another one was asked for. */
  readonly servedByVersion: string | null;
  readonly error: MetaError | null;
}

export interface MetaClientOptions {
  readonly hosts: MetaHosts;
  readonly clock: Clock;
  readonly timeouts?: MetaTimeouts;
  /** Told of every call when it has ended. */
  readonly onCall?: (report: MetaCallReport) => void;
  /** Keeps what answers say about how soon Meta may be asked again. */
  readonly limits?: LimitKeeper;
  /** Told when that could not be kept; the call itself is none the worse for it. */
  readonly onLimitsLost?: (error: unknown) => void;
}

interface ReceivedAnswer extends RawAnswer {
  readonly apiVersion: string | null;
  readonly usage: Usage;
}

/** What an endpoint needs of the client: a client, or one wrapped in patience (`patience.ts`). */
export interface MetaSender {
  send<T>(request: MetaRequest<T>): Promise<MetaAnswer<T>>;
}

/**
 * Talks to Meta's hosts, and only to them: every URL is built here from a configured base URL.
 *
 * One call is one request: redirects are not followed and nothing is repeated here (whether a call may be
 * repeated is a property of the call, see `patience.ts`). Every failure leaves as a `MetaError`.
 */
export class MetaClient implements MetaSender, AsyncDisposable {
  readonly #options: MetaClientOptions;
  /** Keeps its connections. */
  readonly #http: Got;
  /** Has a connection of its own for each call. */
  readonly #httpOnce: Got;
  readonly #agents: { http: HttpAgent; https: HttpsAgent };

  constructor(options: MetaClientOptions) {
    this.#options = options;
    this.#agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
    const { connectMs, responseMs, totalMs } = options.timeouts ?? defaultTimeouts;
    // To give the agent to each call would cost a quarter of the call.
    this.#http = got.extend({
      agent: this.#agents,
      followRedirect: false,
      throwHttpErrors: false,
      retry: { limit: 0 },
      timeout: {
        lookup: connectMs,
        connect: connectMs,
        secureConnect: connectMs,
        response: responseMs,
        request: totalMs,
      },
      headers: { accept: 'application/json', 'user-agent': 'moca-connect' },
    });
    this.#httpOnce = this.#http.extend({ agent: OWN_CONNECTION });
  }

  /**
   * Sends one request and judges the answer.
   *
   * @throws MetaError when Meta cannot be reached, refuses, or answers something else than `schema`
   */
  async send<T>(request: MetaRequest<T>): Promise<MetaAnswer<T>> {
    const { endpoint, schema } = request;
    const startedAt = performance.now();
    let apiVersion: string | null = null;
    let status: number | null = null;
    let error: MetaError | null = null;
    let usage: Usage | null = null;
    try {
      const raw = await this.#exchange(request);
      const receivedAt = this.#options.clock.now();
      ({ status, apiVersion, usage } = raw);
      return { body: readAnswer({ endpoint, schema, secrets: secretsIn(request) }, raw), receivedAt };
    } catch (caught) {
      error = caught instanceof MetaError ? caught : transportError(endpoint, caught);
      ({ status } = error);
      throw error;
    } finally {
      const durationMs = Math.round(performance.now() - startedAt);
      const servedByVersion =
        apiVersion !== null && isOtherVersion(request.path, apiVersion) ? apiVersion : null;
      this.#options.onCall?.({ endpoint, status, durationMs, servedByVersion, error });
      // Not waited for: whoever asked has something to write down first.
      if (usage !== null) void this.#keepLimits(request.host, usage, error);
    }
  }

  async #keepLimits(host: keyof MetaHosts, usage: Usage, error: MetaError | null): Promise<void> {
    const { clock, limits, onLimitsLost } = this.#options;
    const found = limitsFrom(host, usage, error, clock.now());
    if (found.length === 0) return;
    try {
      await limits?.keep(found);
    } catch (lost) {
      onLimitsLost?.(lost);
    }
  }

  async #exchange(request: MetaRequest<unknown>): Promise<ReceivedAnswer> {
    const url = new URL(this.#options.hosts[request.host] + request.path);
    for (const [name, value] of Object.entries(revealed(request.query))) url.searchParams.set(name, value);
    // A kept connection can turn out to be closed just when the request goes out. A call that may not be
    // repeated therefore gets a connection of its own.
    const http = request.endpoint === 'code_exchange' ? this.#httpOnce : this.#http;
    const stream = openStream(http, url, request);
    // Only a GET has no body by itself: whatever else there is waits for its end.
    if (request.method !== undefined) stream.end();
    const chunks: Buffer[] = [];
    let length = 0;
    // The stream is the answer decompressed: what counts is what it would fill in memory.
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > ANSWER_LIMIT_BYTES) {
        // Leaving the loop destroys the stream, and with it the connection.
        throw badAnswer(request.endpoint, stream.response?.statusCode ?? null, 'The answer was over 1 MB.');
      }
      chunks.push(chunk);
    }
    const { response } = stream;
    if (response === undefined) throw new Error('The connection ended without an answer.');
    const { headers } = response;
    const businessUsage = single(headers['x-business-use-case-usage']);
    return {
      status: response.statusCode,
      contentType: headers['content-type'] ?? '',
      apiVersion: single(headers['facebook-api-version']),
      regainMs: regainTime(businessUsage, single(headers['retry-after'])),
      usage: readUsage(single(headers['x-app-usage']), businessUsage),
      text: Buffer.concat(chunks).toString('utf8'),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }
}

function openStream(http: Got, url: URL, { form, method }: MetaRequest<unknown>): Request {
  if (form !== undefined) return http.stream.post(url, { form: revealed(form) });
  // Without options got has none to merge.
  return method === undefined ? http.stream(url) : http.stream(url, { method });
}

function revealed(parameters: MetaParameters = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : value.reveal(),
    ]),
  );
}

function secretsIn({ query, form }: MetaRequest<unknown>): string[] {
  const values = [...Object.values(query ?? {}), ...Object.values(form ?? {})];
  return values.filter((value) => value instanceof Secret).map((value) => value.reveal());
}

/** Only a call that names a version can be answered by another one. */
function isOtherVersion(path: string, apiVersion: string): boolean {
  return (
    /^\/v\d+\.\d+\//.test(path) &&
    /^v\d{1,3}\.\d{1,3}$/.test(apiVersion) &&
    !path.startsWith(`/${apiVersion}/`)
  );
}

function single(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}
