import type { GraphQLRequestContext } from '@apollo/server';
import type { RequestContext } from '../request-context.js';

/** What an operation that is not executed is told. */
const NOT_EXECUTED: readonly unknown[] = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
];

/**
 * Answers 200 when an operation was well received and is only not to be executed, to whoever asks for `application/json`
 * by name: such a client takes any other status for an answer of something in between, and does not read it. Whoever
 * takes `application/graphql-response+json`, or says nothing, is answered 400 as ever.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-application-json
 */
export function okForPlainJson({
  errors,
  request,
  response,
}: Pick<GraphQLRequestContext<RequestContext>, 'errors' | 'request' | 'response'>): void {
  if (response.http.status !== 400) return;
  const accepted = request.http?.headers.get('accept') ?? '';
  if (!accepted.includes('application/json') || accepted.includes('graphql-response+json')) return;
  if (errors?.every(({ extensions }) => NOT_EXECUTED.includes(extensions['code'])))
    response.http.status = 200;
}
