import type { GraphQLRequestContextWillSendResponse } from '@apollo/server';
import type { GraphQLFormattedError, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { errorCodes } from '../errors.js';
import type { RequestContext } from '../request-context.js';
import { PROTOCOL_CODES } from './format-error.js';
import { onlyField, type CommittedOperations } from './committed-operations.js';

/**
 * Told of every operation that was answered. Callers choose names and documents, so what is told of them is one
 * of a closed list, or null:
 * - `operation`: the name of a committed operation, if this one asks for the same field
 * - `field`: the field of Query or Mutation, if it is only one
 * - `code`: of the first error; null when there is none
 */
export type OnOperation = (operation: string | null, field: string | null, code: string | null) => void;

const CODES: ReadonlySet<string> = new Set([...errorCodes, ...PROTOCOL_CODES]);

/** Reports operations as their answers leave. It looks at no field on the way: that would cost every field. */
export function operationReport(
  schema: GraphQLSchema,
  committed: CommittedOperations,
  onOperation: OnOperation,
): (answered: GraphQLRequestContextWillSendResponse<RequestContext>) => void {
  const roots = [schema.getQueryType(), schema.getMutationType()];
  const fields = new Set(roots.flatMap((type) => Object.keys(type?.getFields() ?? {})));
  const fieldOf = (operation: OperationDefinitionNode): string | null => {
    const field = onlyField(operation);
    return field !== null && fields.has(field) ? field : null;
  };
  return ({ operation, operationName, response: { body } }) => {
    const field = operation === undefined ? null : fieldOf(operation);
    const name = operationName ?? null;
    const isKnown = name !== null && field !== null && committed.fieldOf(name) === field;
    const [error] = (body.kind === 'single' ? body.singleResult.errors : undefined) ?? [];
    onOperation(isKnown ? name : null, field, error === undefined ? null : codeOf(error));
  };
}

function codeOf({ extensions }: GraphQLFormattedError): string {
  const code = extensions?.['code'];
  return typeof code === 'string' && CODES.has(code) ? code : 'INTERNAL_SERVER_ERROR';
}
