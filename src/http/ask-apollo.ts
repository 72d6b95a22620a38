import { HeaderMap, type ApolloServer } from '@apollo/server';
import type { RequestContext } from '../request-context.js';
import type { MaybePromise } from '../maybe-promise.js';
import type { IncomingMessage } from './node-http.js';

/** What a resolver may know of a request. */
export type ContextOf = (request: IncomingMessage, requestId: string) => MaybePromise<RequestContext>;

interface ApolloAnswer {
  readonly status: number;
  readonly headers: Iterable<[string, string]>;
  readonly text: string;
}

/** Gives a request that was posted to Apollo Server's whole pipeline. */
export type AskApollo = (
  headers: IncomingMessage['headers'],
  body: unknown,
  context: () => Promise<RequestContext>,
) => Promise<ApolloAnswer>;

/** The headers of a POST that Apollo Server looks at: for what it is, and that no form or image sent it. */
const READ = ['content-type', 'accept', 'x-apollo-operation-name', 'apollo-require-preflight'] as const;

export function apolloAsker(apollo: ApolloServer<RequestContext>): AskApollo {
  return async (received, body, context) => {
    const headers = new HeaderMap();
    for (const name of READ) {
      const value = received[name];
      // Whoever takes anything gets what whoever says nothing gets; to find that out takes longer.
      if (value === undefined || (name === 'accept' && value === '*/*')) continue;
      headers.set(name, Array.isArray(value) ? value.join(', ') : value);
    }
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: 'POST', headers, search: '', body },
      context,
    });
    // Only @defer and @stream are answered in chunks, and the schema has neither.
    if (answer.body.kind !== 'complete') throw new TypeError('Apollo Server answered in chunks.');
    if (!answer.headers.has('cache-control')) answer.headers.set('cache-control', 'no-store');
    return { status: answer.status ?? 200, headers: answer.headers, text: answer.body.string };
  };
}
