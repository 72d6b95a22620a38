import { randomUUID } from 'node:crypto';
import { GraphQLError, type ExecutionResult } from 'graphql';
import type { RequestLogger } from '../logger.js';
import type { RequestContext } from '../request-context.js';
import { mapMaybePromise, type MaybePromise } from '../maybe-promise.js';
import { AnswerHead } from './answer-head.js';
import type { AskApollo, ContextOf } from './ask-apollo.js';
import type { Acceptance } from './closing.js';
import { answerFailure } from './error-responses.js';
import { KnownHeads, toHead, type Headers, type Heads } from './heads.js';
import type { HttpMetrics } from './metrics-route.js';
import type { IncomingMessage, RequestListener, ServerResponse } from './node-http.js';
import { isPlain, readBody, type PlainRequests } from './plain-request.js';
import { SentTogether } from './sent-together.js';

/** One of our own operations, valid and compiled. */
interface FastOperation {
  readonly name: string;
  /** Its field of Query or Mutation. */
  readonly field: string;
  run(context: RequestContext, variables: Readonly<Record<string, unknown>>): MaybePromise<ExecutionResult>;
}

export interface FastPathOptions extends PlainRequests {
  /** By its text, exactly; null for one that has not gone through Apollo Server before. */
  readonly findOperation: (text: string) => FastOperation | null;
  readonly askApollo: AskApollo;
  /** The same as for every other request. */
  readonly contextOf: ContextOf;
  readonly parseBody: (text: string) => unknown;
  readonly isUnderPressure: () => boolean;
  readonly acceptance: Acceptance;
  readonly metrics: HttpMetrics | null;
  readonly logger: RequestLogger;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/** A plain request, and what its answer needs. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly heads: Heads;
  readonly requestId: string;
  /** By `performance.now()`. */
  readonly beganAt: number;
}

interface Asked {
  readonly operation: FastOperation;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly head: AnswerHead;
}

const BODY_KEYS: readonly string[] = ['query', 'variables', 'operationName'];

/**
 * Answers the plain requests for GraphQL before Fastify sees them, where the answer is the same: limits, pressure,
 * log and metrics are, and the headers are those that Fastify gave before. What is exactly one of our own operations,
 * and has gone through Apollo Server before, is executed without it: the access checks are in the fields, so they
 * hold here as there. All else, and what came to an error, goes through Apollo Server: with its result, since nothing
 * is executed twice. Whatever is not plain, or not JSON, is Fastify's.
 */
export class FastPath {
  readonly #heads = new KnownHeads();
  /** What was read of requests that were left to Fastify after all. */
  readonly #bodies = new WeakMap<IncomingMessage, Buffer>();
  readonly #together = new SentTogether();

  constructor(private readonly options: FastPathOptions) {}

  /** The listener that answers what it can, and leaves the rest to `others`. */
  before(others: RequestListener): RequestListener {
    return (request, response) => {
      const heads = this.#canTake(request) ? this.#heads.find(request) : undefined;
      if (heads === undefined) {
        this.#leave(request, response, others);
        return;
      }
      readBody(request, (bytes) => {
        const body = this.#parse(bytes);
        if (body !== undefined) {
          const beganAt = performance.now();
          this.#answer({ request, response, heads, requestId: randomUUID(), beganAt }, body);
          return;
        }
        this.#bodies.set(request, bytes);
        this.#leave(request, response, others);
      });
    };
  }

  /** What was read of a request before it was left to Fastify. */
  bodyOf(request: IncomingMessage): Buffer | undefined {
    return this.#bodies.get(request);
  }

  /** Notes the headers that Fastify and its plugins gave to an answer. */
  learn(request: IncomingMessage, headers: Headers): void {
    if (this.#canTake(request)) this.#heads.learn(request, headers);
  }

  /** What is ready does not wait for Fastify, too. */
  #leave(request: IncomingMessage, response: ServerResponse, others: RequestListener): void {
    this.#together.send();
    others(request, response);
  }

  #canTake(request: IncomingMessage): boolean {
    const { stopping, isUnderPressure } = this.options;
    return isPlain(request, this.options) && !stopping.aborted && !isUnderPressure();
  }

  /** Undefined for what is not JSON, or not allowed to be: Fastify has the words for it. */
  #parse(bytes: Buffer): unknown {
    try {
      return this.options.parseBody(bytes.toString());
    } catch {
      return undefined;
    }
  }

  /** At once, where nothing has to be waited for. */
  #answer(exchange: Exchange, body: unknown): void {
    const fail = (error: unknown): void => this.#fail(exchange, error);
    const note = (): void => this.#note(exchange);
    try {
      const asked = this.#findOperation(exchange, body);
      const executed = asked === null ? undefined : this.#execute(exchange, asked);
      if (asked === null || executed === undefined || executed instanceof Promise || executed.errors) {
        this.#answerLater(exchange, body, asked, executed).catch(fail);
        return;
      }
      this.#writeData(exchange, asked, executed, note);
    } catch (error) {
      fail(error);
      note();
    }
  }

  async #answerLater(
    exchange: Exchange,
    body: unknown,
    asked: Asked | null,
    executing: MaybePromise<ExecutionResult> | undefined,
  ): Promise<void> {
    const { acceptance } = this.options;
    const { request, response, requestId } = exchange;
    const { socket } = request;
    acceptance.begin(socket, requestId);
    response.once('close', () => {
      acceptance.end(socket, requestId);
      this.#note(exchange);
    });
    const executed = await executing;
    if (asked === null || executed === undefined || executed.errors !== undefined) {
      await this.#askApollo(exchange, body, executed);
    } else {
      this.#writeData(exchange, asked, executed);
    }
  }

  /** Null for whatever is not one of our operations, or not quite, or whose answer has no known head. */
  #findOperation({ heads: { whole: head } }: Exchange, body: unknown): Asked | null {
    if (head === null || !isRecord(body)) return null;
    for (const key in body) if (!BODY_KEYS.includes(key)) return null;
    const { query, variables, operationName } = body;
    const operation = typeof query === 'string' ? this.options.findOperation(query) : null;
    if (operation === null) return null;
    if (operationName != null && operationName !== operation.name) return null;
    if (variables == null) return { operation, variables: {}, head };
    return isRecord(variables) ? { operation, variables, head } : null;
  }

  /** Neither throws nor rejects. */
  #execute(exchange: Exchange, { operation, variables }: Asked): MaybePromise<ExecutionResult> {
    try {
      const context = this.options.contextOf(exchange.request, exchange.requestId);
      const result = mapMaybePromise(context, (given) => operation.run(given, variables));
      return result instanceof Promise ? result.catch(toFailure) : result;
    } catch (error) {
      return toFailure(error);
    }
  }

  async #askApollo(exchange: Exchange, body: unknown, executed: ExecutionResult | undefined): Promise<void> {
    const { request, response, heads, requestId } = exchange;
    const { askApollo, contextOf } = this.options;
    const { status, headers, text } = await askApollo(request.headers, body, async () => {
      const context = await contextOf(request, requestId);
      return executed === undefined ? context : { ...context, answer: executed };
    });
    const makeHead = (): AnswerHead => new AnswerHead(status, toHead(headers, heads.common));
    // An answer without errors begins with its data, and has the headers of all such answers.
    const isWhole = status === 200 && text.startsWith('{"data":');
    this.#write(response, isWhole ? (heads.whole ??= makeHead()) : makeHead(), text);
  }

  /** For what nobody has foreseen: it is answered like all that goes wrong outside of GraphQL. */
  #fail({ response, heads, requestId }: Exchange, error: unknown): void {
    const { status, headers, body } = answerFailure(error, requestId, this.options.logger);
    this.#write(response, new AnswerHead(status, toHead(headers, heads.common)), JSON.stringify(body));
  }

  #writeData(
    { response }: Exchange,
    { operation, head }: Asked,
    { data }: ExecutionResult,
    onSent?: () => void,
  ): void {
    const text = JSON.stringify({ data });
    this.options.metrics?.onFastAnswer(operation.name, operation.field);
    this.#write(response, head, text, onSent);
  }

  #write(response: ServerResponse, head: AnswerHead, text: string, onSent?: () => void): void {
    if (this.options.stopping.aborted) response.shouldKeepAlive = false;
    const bytes = Buffer.byteLength(text);
    head.write(response, bytes);
    this.#together.add({ response, text, bytes, onSent });
  }

  /** Logs and counts an answer. */
  #note({ response, requestId, beganAt }: Exchange): void {
    const { metrics, logger } = this.options;
    const durationMs = performance.now() - beganAt;
    metrics?.onAnswer('/graphql', 'POST', response.statusCode, durationMs);
    logger.request({
      time: Date.now(),
      requestId,
      method: 'POST',
      path: '/graphql',
      status: response.statusCode,
      durationMs: Math.round(durationMs),
    });
  }
}

function toFailure(error: unknown): ExecutionResult {
  const originalError = error instanceof Error ? error : new Error('Something was thrown that is no error.');
  return { data: null, errors: [new GraphQLError(originalError.message, { originalError })] };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
