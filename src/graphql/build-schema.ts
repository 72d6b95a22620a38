import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import {
  AccountsResolver,
  InstagramAccountConnectionResolver,
  InstagramAccountFieldsResolver,
  InstagramAccountStatsResolver,
} from '../accounts/accounts.resolver.js';
import { OAuthResolver } from '../oauth/oauth.resolver.js';
import { WebhooksResolver } from '../webhooks/webhooks.resolver.js';
import { accessTable } from './access.js';
import { dateTimeIso } from './date-time.js';
import { callDirectly } from './direct-resolvers.js';
import { guardSchema } from './guard-schema.js';

const resolverClasses = [
  OAuthResolver,
  AccountsResolver,
  InstagramAccountFieldsResolver,
  InstagramAccountConnectionResolver,
  InstagramAccountStatsResolver,
  WebhooksResolver,
] as const;

/**
 * The schema. Without `resolvers` it can be printed, but not executed.
 *
 * @throws TypeError when a field of Query or Mutation has no entry in the access table
 */
export function buildGraphQLSchema(resolvers: readonly object[] = []): GraphQLSchema {
  const instances = new Map<unknown, object>(resolvers.map((instance) => [instance.constructor, instance]));
  const schema = buildSchemaSync({
    resolvers: [...resolverClasses],
    // Inputs are classes with a list of fields; what they hold is judged where it is used.
    validate: false,
    // A test looks through the schema; to introspect it at each start takes longer than to make it.
    skipCheck: true,
    scalarsMap: [{ type: Date, scalar: dateTimeIso }],
    container: {
      get: (resolverClass: unknown) => {
        const instance = instances.get(resolverClass);
        if (instance === undefined) throw new TypeError('A resolver was not given to the schema.');
        return instance;
      },
    },
  });
  callDirectly(schema, instances);
  describeRoots(schema);
  guardSchema(schema, accessTable);
  return schema;
}

/** TypeGraphQL makes the root types by itself, and without a word. */
function describeRoots(schema: GraphQLSchema): void {
  const [query, mutation] = [schema.getQueryType(), schema.getMutationType()];
  if (query != null) query.description = 'What can be asked.';
  if (mutation != null) mutation.description = 'What can be done.';
}
