import type { ApolloServerPlugin } from '@apollo/server';
import type { RequestContext } from '../request-context.js';
import { DATABASE_RETRY_SECONDS } from '../errors.js';
import { saysDatabaseAway } from './format-error.js';

/** Answers 503 when an operation failed because the database is away: proxies and clients know what that means. */
export function unavailableWithoutDatabase(): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse: ({ errors, response }) => {
          if (errors?.some(saysDatabaseAway)) {
            response.http.status = 503;
            response.http.headers.set('retry-after', String(DATABASE_RETRY_SECONDS));
          }
          return Promise.resolve();
        },
      }),
  };
}
