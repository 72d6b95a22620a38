import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type ExecutionResult } from 'graphql';
import type { Logger } from '../logger.js';
import type { LimitedOperation, RequestContext } from '../request-context.js';
import type { Authenticate } from './authenticate.js';
import type { Acceptance } from './closing.js';
import type { HttpMetrics } from './metrics-route.js';

type IncomingMessage = FastifyRequest['raw'];
type ServerResponse = FastifyReply['raw'];

/** Answers a request, as Node hands it over. */
export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** One of our own operations, valid and compiled. */
export interface FastOperation {
  readonly name: string;
  /** Its field of Query or Mutation. */
  readonly field: string;
  run(
    context: RequestContext,
    variables: Readonly<Record<string, unknown>>,
  ): ExecutionResult | Promise<ExecutionResult>;
}

export interface FastPathOptions {
  /** By its text, exactly; null for one that has not gone through Apollo Server before. */
  readonly findOperation: (text: string) => FastOperation | null;
  /** The same as for every other request. */
  readonly authenticate: Authenticate;
  readonly countUse: (operation: LimitedOperation, request: IncomingMessage) => Promise<void>;
  readonly parseBody: (text: string) => unknown;
  readonly isUnderPressure: () => boolean;
  readonly acceptance: Acceptance;
  readonly corsOrigins: readonly string[];
  readonly bodyLimitBytes: number;
  readonly metrics: HttpMetrics | null;
  readonly logger: Logger;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/** What an operation came to that has to be answered by Apollo Server all the same. */
interface Executed {
  readonly requestId: string;
  readonly answer: ExecutionResult;
}

/** What browsers, and GraphQL's usual clients, say. Whoever says anything else is answered by Apollo Server. */
const CONTENT_TYPES: readonly unknown[] = ['application/json', 'application/json; charset=utf-8'];
const ACCEPTS: readonly unknown[] = [
  undefined,
  '*/*',
  'application/json',
  'application/graphql-response+json, application/json',
  'application/graphql-response+json;charset=utf-8, application/json;charset=utf-8',
];
const BODY_KEYS: readonly string[] = ['query', 'variables', 'operationName'];

/** These are the single answer's own. */
const OWN_HEADERS: readonly string[] = ['content-length', 'date', 'connection', 'keep-alive'];

/**
 * Answers our own operations before Fastify and Apollo Server see them, where the answer is the same: the request
 * is as plain as can be, its text is exactly one that has gone through Apollo Server, and nothing is wrong. The
 * access checks are in the fields, so they hold here as there; limits, pressure, log and metrics are the same, and
 * the headers are those of an answer that took the long way. All else takes that way, with its body unread; what
 * was executed and came to an error, with its result: it is not executed again.
 */
export class FastPath {
  /** The headers of an answer, by what they depend on. */
  readonly #heads = new Map<string, readonly string[]>();
  readonly #executed = new WeakMap<IncomingMessage, Executed>();

  constructor(private readonly options: FastPathOptions) {}

  /** The listener that answers what it can, and leaves the rest to `others`. */
  before(others: RequestListener): RequestListener {
    return (request, response) => {
      const head = this.#isPlain(request) ? this.#heads.get(headKey(request)) : undefined;
      if (head === undefined) others(request, response);
      else this.#read(request, response, { head, others });
    };
  }

  /** What the request's operation came to, where it was executed here. */
  executed(request: IncomingMessage): Executed | undefined {
    return this.#executed.get(request);
  }

  /** Notes the headers of an answer without errors that took the long way. */
  learn(
    request: IncomingMessage,
    headers: Readonly<Record<string, string | number | readonly string[] | undefined>>,
  ): void {
    if (!this.#isPlain(request) || this.#heads.has(headKey(request))) return;
    const head: string[] = [];
    for (const [name, value] of Object.entries(headers)) {
      if (OWN_HEADERS.includes(name)) continue;
      for (const one of Array.isArray(value) ? value : [value]) head.push(name, String(one));
    }
    this.#heads.set(headKey(request), head);
  }

  /** Whether there is nothing about the request but its body that could make a difference. */
  #isPlain({ method, url, headers }: IncomingMessage): boolean {
    const { stopping, isUnderPressure, corsOrigins, bodyLimitBytes } = this.options;
    const { origin } = headers;
    return (
      method === 'POST' &&
      url === '/graphql' &&
      CONTENT_TYPES.includes(headers['content-type']) &&
      ACCEPTS.includes(headers.accept) &&
      (origin === undefined || corsOrigins.includes(origin)) &&
      headers['content-encoding'] === undefined &&
      headers['transfer-encoding'] === undefined &&
      headers.expect === undefined &&
      Number(headers['content-length']) > 0 &&
      Number(headers['content-length']) <= bodyLimitBytes &&
      !stopping.aborted &&
      !isUnderPressure()
    );
  }

  #read(
    request: IncomingMessage,
    response: ServerResponse,
    way: { readonly head: readonly string[]; readonly others: RequestListener },
  ): void {
    const began = performance.now();
    const length = Number(request.headers['content-length']);
    const chunks: Buffer[] = [];
    let received = 0;
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      received += chunk.length;
      if (received < length) return;
      // The stream does not end before it is resumed: whoever reads it next finds it as it came.
      request.off('data', onData).pause();
      const body = chunks.length === 1 ? chunk : Buffer.concat(chunks);
      const asked = this.#readBody(body);
      if (asked === null) putBack();
      else void this.#answer(request, response, { ...asked, head: way.head, began, passOn: putBack });

      function putBack(): void {
        request.unshift(body);
        way.others(request, response);
      }
    };
    request.on('data', onData);
  }

  /** Null for whatever is not one of our operations, or not quite. */
  #readBody(
    bytes: Buffer,
  ): { operation: FastOperation; variables: Readonly<Record<string, unknown>> } | null {
    let body: unknown;
    try {
      body = this.options.parseBody(bytes.toString());
    } catch {
      return null;
    }
    if (!isRecord(body) || !Object.keys(body).every((key) => BODY_KEYS.includes(key))) return null;
    const { query, variables, operationName } = body;
    const operation = typeof query === 'string' ? this.options.findOperation(query) : null;
    if (operation === null) return null;
    if (operationName != null && operationName !== operation.name) return null;
    if (variables == null) return { operation, variables: {} };
    return isRecord(variables) ? { operation, variables } : null;
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    asked: {
      readonly operation: FastOperation;
      readonly variables: Readonly<Record<string, unknown>>;
      readonly head: readonly string[];
      readonly began: number;
      readonly passOn: () => void;
    },
  ): Promise<void> {
    const { acceptance, stopping } = this.options;
    const { operation, variables, head, began } = asked;
    const requestId = randomUUID();
    acceptance.begin(request.socket, requestId);
    const answer = await this.#execute(request, requestId, operation, variables);
    if (answer.errors !== undefined) {
      acceptance.end(request.socket, requestId);
      this.#executed.set(request, { requestId, answer });
      asked.passOn();
      return;
    }
    request.resume();
    response.once('close', () => {
      acceptance.end(request.socket, requestId);
      this.#report(operation, requestId, response.statusCode, performance.now() - began);
    });
    const body = JSON.stringify({ data: answer.data });
    const bytes = Buffer.byteLength(body);
    const ending = stopping.aborted ? ['connection', 'close'] : [];
    response.writeHead(200, [...head, ...ending, 'content-length', String(bytes)]);
    // As long in bytes as in characters: all of it is ASCII, which is written faster as what it also is.
    response.end(body, bytes === body.length ? 'latin1' : 'utf8');
  }

  /** Never rejects. */
  async #execute(
    request: IncomingMessage,
    requestId: string,
    operation: FastOperation,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<ExecutionResult> {
    const { authenticate, countUse } = this.options;
    try {
      const found = authenticate(request.headers.authorization);
      const { principal, refusal } = found instanceof Promise ? await found : found;
      return await operation.run(
        { principal, refusal, requestId, countUse: (limited) => countUse(limited, request) },
        variables,
      );
    } catch (error) {
      const originalError =
        error instanceof Error ? error : new Error('Something was thrown that is no error.');
      return { data: null, errors: [new GraphQLError(originalError.message, { originalError })] };
    }
  }

  #report({ name, field }: FastOperation, requestId: string, status: number, durationMs: number): void {
    const { metrics, logger } = this.options;
    metrics?.onAnswer('/graphql', 'POST', status, durationMs);
    metrics?.onFastAnswer(name, field);
    logger.info(
      { requestId, method: 'POST', path: '/graphql', status, durationMs: Math.round(durationMs) },
      'request',
    );
  }
}

function headKey({ headers }: IncomingMessage): string {
  return `${headers.origin ?? ''} ${headers.accept ?? ''}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
