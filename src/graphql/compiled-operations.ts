import {
  BREAK,
  getNamedType,
  getOperationAST,
  isInputObjectType,
  Kind,
  valueFromASTUntyped,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  type ListValueNode,
  type ObjectValueNode,
} from 'graphql';
import type { CompiledQuery, compileQuery } from 'graphql-jit';
import type { RequestContext } from '../request-context.js';
import type { Clock } from '../time.js';

/** An operation that was asked for so often is likely to be asked for again. */
const HITS = 3;

/** Compiling takes milliseconds: whoever sends new texts all the time gets no more than one part in so many for it. */
const SHARE = 50;

/** Documents that are remembered; the oldest is forgotten for a new one. */
const REMEMBERED = 300;

/** An operation, as a function. */
export type RunOperation = (
  context: RequestContext,
  variables: Readonly<Record<string, unknown>>,
) => ExecutionResult | Promise<ExecutionResult>;

interface Operation {
  hits: number;
  /** Null: not yet; `never`: it cannot be. */
  run: RunOperation | 'never' | null;
}

/**
 * Operations as functions (graphql-jit): what graphql-js finds out anew for every answer is found out once. A
 * document is judged before it comes here, and is the same object each time.
 */
export class CompiledOperations {
  readonly #documents = new Map<DocumentNode, Map<string, Operation>>();
  #compile: typeof compileQuery | null = null;
  #isLoading = false;
  #hasEndlessInput: boolean | null = null;
  /** In milliseconds since 1970. */
  #compilesAgainAt = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly clock: Pick<Clock, 'now'>,
    /** Told when the library that compiles cannot be loaded: graphql-js executes all then. */
    private readonly onUnavailable: (error: unknown) => void = () => undefined,
  ) {}

  /**
   * The operation as a function, once it has been asked for often enough; null before.
   *
   * @param isCommitted for one of our own operations: asked for once, it is asked for again
   */
  find(document: DocumentNode, operationName: string | null, isCommitted: boolean): RunOperation | null {
    const operation = this.#operation(document, operationName ?? '');
    if (operation.run !== null) return operation.run === 'never' ? null : operation.run;
    operation.hits += 1;
    const compile = this.#compiler();
    const now = this.clock.now().getTime();
    const isDue = isCommitted || (operation.hits >= HITS && now >= this.#compilesAgainAt);
    if (compile === null || !isDue) return null;
    const began = performance.now();
    operation.run = 'never';
    if (this.#isSafe(document)) {
      const compiled = compile(this.schema, document, operationName ?? '');
      if ('query' in compiled) operation.run = withDefaults(compiled.query, document, operationName);
    }
    if (!isCommitted) this.#compilesAgainAt = now + SHARE * (performance.now() - began);
    return operation.run === 'never' ? null : operation.run;
  }

  /**
   * Whether a compiled function does the same as graphql-js. Found by our tests, it does not:
   * - with a variable within a list or an object of the document: one that is missing becomes null there, which
   *   would clear what is to be left as it is
   * - with a directive: a field that is asked for twice, and skipped the first time, stands in another place
   * - with an input type that holds itself: it is written out to a depth at which compiling takes minutes
   */
  #isSafe(document: DocumentNode): boolean {
    this.#hasEndlessInput ??= hasEndlessInput(this.schema);
    return !this.#hasEndlessInput && !hasWhatDiffers(document);
  }

  #operation(document: DocumentNode, name: string): Operation {
    let operations = this.#documents.get(document);
    if (operations === undefined) {
      const [oldest] = this.#documents.size < REMEMBERED ? [] : this.#documents.keys();
      if (oldest !== undefined) this.#documents.delete(oldest);
      operations = new Map();
      this.#documents.set(document, operations);
    }
    let operation = operations.get(name);
    if (operation === undefined) {
      operation = { hits: 0, run: null };
      operations.set(name, operation);
    }
    return operation;
  }

  /** The library is loaded when it is first of use: a start need not wait for it. */
  #compiler(): typeof compileQuery | null {
    if (this.#compile === null && !this.#isLoading) {
      this.#isLoading = true;
      void import('graphql-jit').then(({ compileQuery: compile }) => {
        this.#compile = compile;
      }, this.onUnavailable);
    }
    return this.#compile;
  }
}

/** A compiled function misses the defaults of variables that must not be null: they are given to it. */
function withDefaults(
  query: CompiledQuery['query'],
  document: DocumentNode,
  operationName: string | null,
): RunOperation {
  const run: RunOperation = (context, variables) => query(undefined, context, variables);
  const defaults: Record<string, unknown> = {};
  for (const { variable, type, defaultValue } of getOperationAST(document, operationName)
    ?.variableDefinitions ?? []) {
    if (type.kind !== Kind.NON_NULL_TYPE || defaultValue === undefined) continue;
    defaults[variable.name.value] = valueFromASTUntyped(defaultValue);
  }
  if (Object.keys(defaults).length === 0) return run;
  return (context, variables) => run(context, { ...defaults, ...variables });
}

function hasWhatDiffers(document: DocumentNode): boolean {
  let found = false;
  const find = (): typeof BREAK => {
    found = true;
    return BREAK;
  };
  const look = (node: ListValueNode | ObjectValueNode): void => {
    visit(node, { Variable: find });
  };
  visit(document, { ListValue: look, ObjectValue: look, Directive: find });
  return found;
}

function hasEndlessInput(schema: GraphQLSchema): boolean {
  const inputs = Object.values(schema.getTypeMap()).filter((type) => isInputObjectType(type));
  const holds = (type: GraphQLInputObjectType, path: readonly GraphQLInputObjectType[]): boolean =>
    path.includes(type) ||
    Object.values(type.getFields())
      .map((field) => getNamedType(field.type))
      .some((inner) => isInputObjectType(inner) && holds(inner, [...path, type]));
  return inputs.some((type) => holds(type, []));
}
