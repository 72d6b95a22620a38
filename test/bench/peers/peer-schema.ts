import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { buildSchema, GraphQLScalarType, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { openAuthorization } from './authorization.ts';
import type { SettingsChange } from './settings-change.ts';
import type { openWork } from './sqlite-work.ts';

// A resolver's arguments are what its field declares; the schema has seen to that.
type Resolver = (args: never) => unknown;
type Resolvers = Readonly<Record<string, Resolver>>;

/** The committed schema with resolvers written by hand: what they give has the fields' own names. */
export function peerSchema(resolvers: Resolvers): GraphQLSchema {
  const schema = buildSchema(readFileSync(join(process.cwd(), 'schema', 'schema.graphql'), 'utf8'));
  const roots = { ...schema.getQueryType()?.getFields(), ...schema.getMutationType()?.getFields() };
  for (const [name, resolver] of Object.entries(resolvers)) {
    const field = roots[name];
    if (field === undefined) throw new TypeError(`The schema has no ${name}.`);
    field.resolve = ((_source, args) => resolver(args as never)) satisfies GraphQLFieldResolver<
      unknown,
      unknown
    >;
  }
  const time = schema.getType('DateTimeISO');
  // Times are texts already, except an entity's.
  if (time instanceof GraphQLScalarType) {
    time.serialize = (value) => (value instanceof Date ? value.toISOString() : value);
  }
  return schema;
}

/** The four works by prepared statements. */
export async function statementResolvers(work: ReturnType<typeof openWork>): Promise<Resolvers> {
  const authUrl = await openAuthorization();
  return {
    authUrl: ({ challenge, forceReauth }: { challenge?: string | null; forceReauth?: boolean | null }) =>
      authUrl(challenge ?? null, forceReauth ?? false),
    instagramAccounts: ({ first }: { first?: number | null }) => work.page(first ?? 20),
    instagramAccount: ({ accountId }: { accountId: string }) => work.account(accountId),
    updateInstagramAccountSettings: (change: SettingsChange) => work.changeSettings(change),
  };
}
