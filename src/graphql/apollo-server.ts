import { ApolloServer, type GraphQLRequestListener } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from '../logger.js';
import type { RequestContext } from '../request-context.js';
import type { CommittedOperations } from './committed-operations.js';
import type { CompiledOperations } from './compiled-operations.js';
import { noteErrorOrigins, type ErrorOrigins } from './error-origins.js';
import { errorsFromContext, execution } from './execution.js';
import { formatError } from './format-error.js';
import { introspectionForKeyHolders } from './introspection.js';
import { operationReport, type OnOperation } from './operation-report.js';
import { operationLimits } from './operation-limits.js';
import { okForPlainJson } from './plain-json-status.js';
import { unavailableWithoutDatabase } from './unavailable.js';

/** The largest operation that the schema invites to has some 300 tokens. */
const MAXIMUM_TOKENS = 1_000;

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly logger: Logger;
  /** Whether a caller without a key may look at the schema. */
  readonly openIntrospection: boolean;
  /** Executes with the help of these; null: all by graphql-js, as Apollo Server does by itself. */
  readonly compiled: CompiledOperations | null;
  readonly committed: CommittedOperations;
  /** Told of every operation that was answered; null when nobody counts. */
  readonly onOperation: OnOperation | null;
}

/** Apollo Server with every setting said, so that none depends on NODE_ENV. */
export function createApolloServer({
  schema,
  logger,
  openIntrospection,
  compiled,
  committed,
  onOperation,
}: ApolloOptions): ApolloServer<RequestContext> {
  const origins: ErrorOrigins = new WeakMap();
  const report = onOperation && operationReport(schema, committed, onOperation);
  const listener: GraphQLRequestListener<RequestContext> = {
    ...noteErrorOrigins(origins),
    ...(openIntrospection ? {} : introspectionForKeyHolders()),
    ...(compiled === null ? {} : execution({ schema, compiled, committed })),
    async willSendResponse(answered) {
      unavailableWithoutDatabase(answered);
      okForPlainJson(answered);
      report?.(answered);
    },
  };
  return new ApolloServer<RequestContext>({
    ...(compiled === null ? { schema } : { gateway: errorsFromContext(schema) }),
    // Apollo's own adds a line break.
    stringifyResult: JSON.stringify,
    nodeEnv: 'production',
    introspection: true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: MAXIMUM_TOKENS },
    validationRules: [...operationLimits],
    formatError: (formatted, error) => formatError(formatted, error, { logger, origins }),
    // Apollo's own log would hold whole errors; what matters reaches the log through `formatError`.
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (message) => logger.warn(message),
      error: (message) => logger.error(message),
    },
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      // One listener for all: Apollo Server awaits each of several at each of its steps.
      { requestDidStart: async () => listener },
    ],
  });
}
