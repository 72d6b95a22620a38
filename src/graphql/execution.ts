import { HeaderMap, type ApolloServerOptionsWithGateway, type GraphQLRequestListener } from '@apollo/server';
import { execute, GraphQLError, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { RequestContext } from '../request-context.js';
import type { CommittedOperations } from './committed-operations.js';
import type { CompiledOperations } from './compiled-operations.js';

interface Asked {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly context: RequestContext;
}

export interface ExecutionOptions {
  readonly schema: GraphQLSchema;
  readonly compiled: CompiledOperations;
  readonly committed: CommittedOperations;
}

/**
 * Executes operations: by a compiled function where there is one, by graphql-js otherwise. An answer without errors
 * leaves from here. One with errors is left in the context, where Apollo Server takes it by `errorsFromContext`, to
 * format it: nothing is executed twice, since it may have changed something.
 */
export function execution(options: ExecutionOptions): GraphQLRequestListener<RequestContext> {
  return {
    async responseForOperation({ document, source, operation, request, contextValue }) {
      const { operationName = null, variables } = request;
      const asked = { document, operationName, variables, context: contextValue };
      // Where there is no operation of that name, graphql-js has to say so.
      const result = await answer(options, asked, operation === undefined ? null : source);
      if (result.errors === undefined) {
        return {
          http: { status: undefined, headers: new HeaderMap() },
          body: { kind: 'single', singleResult: { data: result.data ?? null } },
        };
      }
      contextValue.answer = result;
      return null;
    },
  };
}

/**
 * Where Apollo Server takes the answers with errors from. It knows no other way to be given one: a gateway is how
 * somebody else executes.
 */
export function errorsFromContext(
  schema: GraphQLSchema,
): ApolloServerOptionsWithGateway<RequestContext>['gateway'] {
  return {
    onSchemaLoadOrUpdate: (callback) => {
      callback({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => undefined;
    },
    load: () =>
      Promise.resolve({
        executor: ({ context }) => {
          const { answer: given } = context as RequestContext;
          if (given === undefined) throw new TypeError('The operation was not executed.');
          return Promise.resolve(given);
        },
      }),
    stop: () => Promise.resolve(),
  };
}

async function answer(
  { schema, compiled, committed }: ExecutionOptions,
  asked: Asked,
  source: string | null,
): Promise<ExecutionResult> {
  const { document, operationName, variables, context } = asked;
  if (context.answer !== undefined) return asGraphQLJs(schema, context.answer, asked);
  const run =
    source === null ? null : compiled.find(document, operationName, committed.note(source, document));
  if (run === null) return executePlainly(schema, asked);
  return asGraphQLJs(schema, await run(context, variables ?? {}), asked);
}

function executePlainly(
  schema: GraphQLSchema,
  { document, operationName, variables, context }: Asked,
): ExecutionResult | Promise<ExecutionResult> {
  return execute({ schema, document, operationName, variableValues: variables, contextValue: context });
}

/** What graphql-js would have given in the place of a compiled function's errors. */
function asGraphQLJs(
  schema: GraphQLSchema,
  { data, errors }: ExecutionResult,
  asked: Asked,
): ExecutionResult | Promise<ExecutionResult> {
  if (errors === undefined) return { data: data ?? null };
  // The variables were not taken, and nothing ran: graphql-js has the words for it.
  if (data === undefined) return executePlainly(schema, asked);
  return { data, errors: errors.map(toGraphQLError) };
}

/** The compiled function's errors have the same fields, but not all that a `GraphQLError` has. */
function toGraphQLError({ message, path, originalError, extensions, locations }: GraphQLError): GraphQLError {
  const error = new GraphQLError(message, {
    path: path ?? null,
    originalError: originalError ?? null,
    extensions: extensions ?? null,
  });
  // By the constructor only the nodes of a document could give them.
  return Object.assign(error, { locations });
}
