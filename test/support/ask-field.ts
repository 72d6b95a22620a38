import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isRequiredArgument,
  type GraphQLArgument,
  type GraphQLSchema,
} from 'graphql';

/** An operation that asks for one field of Query or Mutation, with as few arguments as it takes. */
export function askField(schema: GraphQLSchema, name: string): string {
  const [root = '', fieldName = ''] = name.split('.');
  const type = root === 'Mutation' ? schema.getMutationType() : schema.getQueryType();
  const field = type?.getFields()[fieldName];
  if (field === undefined) throw new Error(`There is no field ${name}.`);
  const args = field.args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${literal(arg)}`);
  const selection = isLeafType(getNamedType(field.type)) ? '' : ' { __typename }';
  return `${root.toLowerCase()} { ${fieldName}${args.length === 0 ? '' : `(${args.join(', ')})`}${selection} }`;
}

function literal({ type }: GraphQLArgument): string {
  const named = getNamedType(type);
  if (isInputObjectType(named)) return '{}';
  if (isEnumType(named)) return named.getValues()[0]?.name ?? '';
  return named.name === 'Int' ? '1' : '"1"';
}
