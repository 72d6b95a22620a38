import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { SECOND } from '../time.js';
import { FigureGauges } from './figure-gauges.js';
import type { StoredFigures } from './stored-figures.js';

/** Up to the 25 seconds that completing a connection may wait. */
const HTTP_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Up to the 15 seconds that one call may take. */
const META_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

/** What a label says where there is nothing to say. */
const NONE = 'none';
/** What a label says of everything that is in no closed list. */
const OTHER = 'other';

interface Answer {
  readonly route: string | null;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
}

/** How many answers wait to be counted. */
const COUNTED_TOGETHER = 500;

export interface MetricsOptions {
  /** The names of the service keys: a reader of another name counts as `other`. */
  readonly services: readonly string[];
}

/**
 * Counts what this process does, for Prometheus. Each app has its own registry: several live in one process
 * without sharing a figure.
 *
 * Every label holds one of a closed list: routes, operations, error codes, names from the configuration. None
 * holds an id, a name of an account, an address, or anything else that a caller or Meta could choose.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #figures = new FigureGauges(this.#registry);
  readonly #readers: ReadonlySet<string>;
  readonly #answers: Answer[] = [];
  readonly #fastAnswers = new Map<string, { readonly field: string; count: number }>();
  #observesProcess = false;

  readonly #http = new Histogram({
    name: 'moca_connect_http_request_duration_seconds',
    help: 'HTTP requests by route pattern, method and class of status.',
    labelNames: ['route', 'method', 'status'],
    buckets: HTTP_BUCKETS_SECONDS,
    registers: [this.#registry],
  });
  readonly #operations = this.#counter(
    'moca_connect_graphql_operations_total',
    'GraphQL operations by known name, root field and the code of the first error.',
    ['operation', 'field', 'code'],
  );
  readonly #fast = this.#counter(
    'moca_connect_graphql_fast_path_total',
    'GraphQL operations that were answered without Apollo Server, by name; they are in the operations, too.',
    ['operation'],
  );
  readonly #meta = new Histogram({
    name: 'moca_connect_meta_call_duration_seconds',
    help: 'Calls to Meta by endpoint, and by what became of them.',
    labelNames: ['endpoint', 'outcome'],
    buckets: META_BUCKETS_SECONDS,
    registers: [this.#registry],
  });
  readonly #attempts = this.#counter(
    'moca_connect_connection_attempts_total',
    'Runs of connection attempts by flow, end and error code; a postponed attempt runs again.',
    ['flow', 'outcome', 'code'],
  );
  readonly #renewals = this.#counter(
    'moca_connect_renewals_total',
    'Renewals and probes of tokens by kind of token, outcome and error code.',
    ['kind', 'outcome', 'code'],
  );
  readonly #tokenReads = this.#counter(
    'moca_connect_token_reads_total',
    'Access tokens handed to services, by kind of token and name of the service key.',
    ['kind', 'principal'],
  );
  readonly #notices = this.#counter(
    'moca_connect_notice_deliveries_total',
    'Tries to deliver a notice to the operator, by outcome.',
    ['outcome'],
  );

  constructor({ services }: MetricsOptions) {
    this.#readers = new Set(services.map((name) => `service:${name}`));
  }

  /** Put among the others some time later: to count many at once costs a fraction of what each would by itself. */
  answered(route: string | null, method: string, status: number, durationMs: number): void {
    this.#answers.push({ route, method, status, durationMs });
    if (this.#answers.length >= COUNTED_TOGETHER) this.#countAnswers();
  }

  operationEnded(operation: string | null, field: string | null, code: string | null): void {
    this.#operations.inc({ operation: operation ?? OTHER, field: field ?? OTHER, code: code ?? NONE });
  }

  /** Counts an operation that the fast path has answered. */
  fastAnswered(operation: string, field: string): void {
    const answers = this.#fastAnswers.get(operation);
    if (answers === undefined) this.#fastAnswers.set(operation, { field, count: 1 });
    else answers.count += 1;
  }

  metaCalled(endpoint: string, errorClass: string | null, durationMs: number): void {
    this.#meta.observe({ endpoint, outcome: errorClass ?? 'ok' }, durationMs / SECOND);
  }

  attemptRan(flow: string, outcome: string, code: string | null): void {
    this.#attempts.inc({ flow, outcome, code: code ?? NONE });
  }

  tokenRenewed(kind: string, outcome: string, code: string | null): void {
    this.#renewals.inc({ kind, outcome, code: code ?? NONE });
  }

  /** @param actor as the account's history has it: `service:<name>` */
  tokenRead(kind: string, actor: string): void {
    const principal = this.#readers.has(actor) ? actor.slice('service:'.length) : OTHER;
    this.#tokenReads.inc({ kind, principal });
  }

  noticeSent(outcome: string): void {
    this.#notices.inc({ outcome });
  }

  /** What `text` is, as a media type. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything that was counted, and the figures; null for figures that cannot be had. */
  async text(figures: StoredFigures | null): Promise<string> {
    // Not before somebody asks: watching the event loop and the garbage collector has its price.
    if (!this.#observesProcess) collectDefaultMetrics({ register: this.#registry });
    this.#observesProcess = true;
    this.#countAnswers();
    this.#figures.show(figures);
    return this.#registry.metrics();
  }

  /**
   * Lets go of everything. Of what watches the process, only an observer of garbage collections lives on, for
   * which prom-client has no end; it holds nothing but its own histogram.
   */
  close(): void {
    this.#registry.clear();
  }

  #countAnswers(): void {
    for (const { route, method, status, durationMs } of this.#answers) {
      const labels = { route: route ?? OTHER, method, status: `${Math.floor(status / 100)}xx` };
      this.#http.observe(labels, durationMs / SECOND);
    }
    this.#answers.length = 0;
    for (const [operation, { field, count }] of this.#fastAnswers) {
      this.#operations.inc({ operation, field, code: NONE }, count);
      this.#fast.inc({ operation }, count);
    }
    this.#fastAnswers.clear();
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }
}
