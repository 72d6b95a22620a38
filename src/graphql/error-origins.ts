import type { GraphQLRequestListener } from '@apollo/server';
import type { RequestContext } from '../request-context.js';

/** By which request an error came about: what formats errors is told only of the error. */
export type ErrorOrigins = WeakMap<object, RequestContext>;

/** Fills `origins` with every error of every request. */
export function noteErrorOrigins(origins: ErrorOrigins): GraphQLRequestListener<RequestContext> {
  return {
    async didEncounterErrors({ errors, contextValue }) {
      for (const error of errors) origins.set(error, contextValue);
    },
  };
}
