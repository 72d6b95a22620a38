import type { GraphQLRequestListener } from '@apollo/server';
import { GraphQLError, NoSchemaIntrospectionCustomRule, validate, type DocumentNode } from 'graphql';
import { AppError } from '../errors.js';
import type { RequestContext } from '../request-context.js';

/** Lets only callers with a key look at the schema. The SDL is in the repository for everybody else. */
export function introspectionForKeyHolders(): GraphQLRequestListener<RequestContext> {
  // A document is judged once: Apollo hands the same object to every request with the same text.
  const judged = new WeakMap<DocumentNode, boolean>();
  return {
    async didResolveOperation({ contextValue, document, schema }) {
      if (contextValue.principal !== null) return;
      let introspects = judged.get(document);
      if (introspects === undefined) {
        introspects = validate(schema, document, [NoSchemaIntrospectionCustomRule]).length > 0;
        judged.set(document, introspects);
      }
      if (!introspects) return;
      const refusal =
        contextValue.refusal ?? new AppError('UNAUTHENTICATED', 'Introspection needs an API key.');
      throw new GraphQLError(refusal.message, {
        originalError: refusal,
        extensions: { code: refusal.code, http: { status: 401 } },
      });
    },
  };
}
