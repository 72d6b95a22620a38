import { defaultFieldResolver, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';
import type { RequestContext } from '../request-context.js';
import { requireAccess, type Access } from './access.js';
import { requireText } from './require-text.js';

/**
 * Puts the access check before every field of the table, and denies what is not in it. Whoever may use a field
 * still has to send text where text belongs.
 *
 * @throws TypeError when a root field has no entry in the table, or the table names what is not there
 */
export function guardSchema(schema: GraphQLSchema, table: Readonly<Record<string, Access>>): void {
  const unused = new Set(Object.keys(table));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const name = `${type.name}.${field.name}`;
      const access = Object.hasOwn(table, name) ? table[name] : undefined;
      unused.delete(name);
      if (access !== undefined) guardField(field, name, access);
      else if (roots.includes(type)) throw new TypeError(`${name} has no entry in the access table.`);
    }
  }
  if (unused.size > 0) {
    throw new TypeError(`The access table names what is not there: ${[...unused].join(', ')}.`);
  }
}

function guardField(field: GraphQLField<unknown, RequestContext>, name: string, access: Access): void {
  const { resolve = defaultFieldResolver } = field;
  field.resolve = (source, args, context, info) => {
    requireAccess(name, access, context);
    requireText(args, '');
    return resolve(source, args, context, info);
  };
}
