import { randomUUID } from 'node:crypto';
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { AppError, databaseAway, errorTraits } from '../errors.js';
import type { Logger } from '../logger.js';
import { isDatabaseAway } from '../sql/database-away.js';
import type { ErrorOrigins } from './error-origins.js';
import { withoutValues } from './without-values.js';

/** Codes of Apollo and graphql-js for requests that are wrong before any of our code sees them. */
export const PROTOCOL_CODES: ReadonlySet<string> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/**
 * What the caller hears of an error: everything of an expected one, the protocol's own words about a wrong
 * request, and of all else only an id, under which the log has the rest.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  { logger, origins }: { readonly logger: Logger; readonly origins: ErrorOrigins },
): GraphQLFormattedError {
  const original = originalOf(error);
  const { locations, path } = formatted;
  const where = {
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
  };
  if (original instanceof AppError) {
    return { message: original.message, ...where, extensions: toExtensions(original) };
  }
  const code = formatted.extensions?.['code'];
  // An error that our code threw is never one of the protocol's, whatever code it carries.
  if (original === error && typeof code === 'string' && PROTOCOL_CODES.has(code)) {
    return { message: withoutValues(formatted.message), ...where, extensions: { code } };
  }
  const id = randomUUID();
  const requestId = error instanceof Error ? origins.get(error)?.requestId : undefined;
  const log = { err: original, errorId: id, requestId, path };
  if (isDatabaseAway(original)) {
    logger.error(log, 'the database is away');
    return { ...databaseAway(id), ...where };
  }
  logger.error(log, 'an unexpected error was masked');
  return {
    message: 'Internal server error.',
    ...where,
    extensions: {
      code: 'INTERNAL_SERVER_ERROR',
      id,
      retryable: false,
      userAction: errorTraits.INTERNAL_SERVER_ERROR.userAction,
    },
  };
}

/** Whether what an operation failed with says that the database is away: nothing of it was answered then. */
export function saysDatabaseAway(error: unknown): boolean {
  return isDatabaseAway(originalOf(error));
}

/** What was thrown: by a resolver, or by a check of ours before any resolver ran. */
function originalOf(error: unknown): unknown {
  if (error instanceof GraphQLError && error.originalError instanceof AppError) return error.originalError;
  return unwrapResolverError(error);
}

function toExtensions(error: AppError): Record<string, unknown> {
  const { step, retryAfterSeconds, meta, reason, steps, id } = error.details;
  return {
    code: error.code,
    retryable: error.retryable,
    userAction: error.userAction,
    ...(id === undefined ? {} : { id }),
    ...(step === undefined ? {} : { step }),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(meta === undefined ? {} : { meta }),
    ...(steps === undefined ? {} : { steps }),
  };
}
