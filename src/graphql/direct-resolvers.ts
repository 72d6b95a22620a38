import type { GraphQLFieldResolver, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import type { RequestContext } from '../request-context.js';

type Resolve = GraphQLFieldResolver<unknown, RequestContext, Record<string, unknown>>;
type Metadata = Pick<
  ReturnType<typeof getMetadataStorage>['queries'][number],
  'target' | 'schemaName' | 'methodName' | 'params' | 'middlewares' | 'roles'
>;
type Parameter = NonNullable<Metadata['params']>[number];
type ReadParameter = (...given: Parameters<Resolve>) => unknown;

/**
 * Has the methods of resolvers called with what graphql-js gives. TypeGraphQL would make a promise for each argument,
 * since it may have to validate it, and an instance of a class: we validate where arguments are used, and take them as
 * they are.
 *
 * @param instances the resolvers by their classes; the fields of others stay as they are
 * @throws TypeError for a method with something that is not understood here, such as middleware
 */
export function callDirectly(schema: GraphQLSchema, instances: ReadonlyMap<unknown, object>): void {
  const { queries, mutations, fieldResolvers, objectTypes } = getMetadataStorage();
  const put = (typeName: string | undefined, metadata: Metadata): void => {
    const instance = instances.get(metadata.target);
    if (instance === undefined || typeName === undefined) return;
    const type = schema.getType(typeName) as GraphQLObjectType | undefined;
    const field = type?.getFields()[metadata.schemaName];
    if (field !== undefined) field.resolve = direct(metadata, instance);
  };
  for (const query of queries) put('Query', query);
  for (const mutation of mutations) put('Mutation', mutation);
  for (const resolver of fieldResolvers) {
    const owner = resolver.getObjectType?.();
    const name = objectTypes.find(({ target }) => target === owner)?.name;
    if (resolver.kind === 'external') put(name, resolver);
  }
}

function direct({ methodName, params = [], middlewares = [], roles }: Metadata, instance: object): Resolve {
  if (middlewares.length > 0 || roles !== undefined)
    throw new TypeError(`${methodName} is not a plain method.`);
  const method = (instance as Record<string, (...values: unknown[]) => unknown>)[methodName];
  if (method === undefined) throw new TypeError(`There is no method ${methodName}.`);
  const readers = params.toSorted((one, other) => one.index - other.index).map((one) => reader(one));
  return (...given) =>
    method.apply(
      instance,
      readers.map((read) => read(...given)),
    );
}

/** What else TypeGraphQL would do with a parameter. */
const EXTRAS = ['propertyName', 'validateFn', 'validateSettings'];

function reader(parameter: Parameter): ReadParameter {
  for (const [name, value] of Object.entries(parameter)) {
    if (EXTRAS.includes(name) && value !== undefined) {
      throw new TypeError(`The ${name} of a parameter is not understood.`);
    }
  }
  switch (parameter.kind) {
    case 'arg': {
      const { name } = parameter;
      return (_root, values) => values[name];
    }
    case 'args':
      return (_root, values) => values;
    case 'context':
      return (_root, _values, context) => context;
    case 'info':
      return (_root, _values, _context, info) => info;
    case 'root':
      return (root) => root;
    default:
      throw new TypeError(`A parameter of the kind ${parameter.kind} is not understood.`);
  }
}
