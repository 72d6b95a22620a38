import type { GraphQLRequestContext } from '@apollo/server';
import type { RequestContext } from '../request-context.js';
import { DATABASE_RETRY_SECONDS } from '../errors.js';
import { saysDatabaseAway } from './format-error.js';

/** Answers 503 when an operation failed because the database is away: proxies and clients know what that means. */
export function unavailableWithoutDatabase({
  errors,
  response,
}: Pick<GraphQLRequestContext<RequestContext>, 'errors' | 'response'>): void {
  if (!errors?.some(saysDatabaseAway)) return;
  response.http.status = 503;
  response.http.headers.set('retry-after', String(DATABASE_RETRY_SECONDS));
}
