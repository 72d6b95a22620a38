import type { ApolloServer } from '@apollo/server';
import type { RequestLogger } from '../logger.js';
import type { RequestContext } from '../request-context.js';
import { systemClock } from '../time.js';
import { createApolloServer } from './apollo-server.js';
import { buildGraphQLSchema } from './build-schema.js';
import { CommittedOperations } from './committed-operations.js';
import { CompiledOperations } from './compiled-operations.js';
import { fastOperations, type FindOperation } from './fast-operations.js';
import type { OnOperation } from './operation-report.js';

export interface GraphQLOptions {
  readonly logger: RequestLogger;
  /** Lets callers without a key look at the schema. */
  readonly openIntrospection: boolean;
  /** Executes by graphql-js alone, as Apollo Server does by itself. */
  readonly plainExecution: boolean;
  readonly onOperation: OnOperation | null;
}

/** The schema's execution: the Apollo Server, started, and what finds operations that can do without it. */
export interface GraphQL {
  readonly apollo: ApolloServer<RequestContext>;
  /** Null when nothing is compiled. */
  readonly findOperation: FindOperation | null;
}

export async function createGraphQL(
  resolvers: readonly object[],
  { logger, openIntrospection, plainExecution, onOperation }: GraphQLOptions,
): Promise<GraphQL> {
  const schema = buildGraphQLSchema(resolvers);
  const committed = new CommittedOperations();
  const compiled = plainExecution
    ? null
    : new CompiledOperations(schema, systemClock, (err) =>
        logger.error({ err }, 'operations are not compiled'),
      );
  const apollo = createApolloServer({ schema, logger, compiled, committed, openIntrospection, onOperation });
  await apollo.start();
  return { apollo, findOperation: compiled && fastOperations(committed, compiled) };
}
