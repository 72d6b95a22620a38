import type { Authentication } from '../request-context.js';
import type { MaybePromise } from '../maybe-promise.js';
import type { ApiKeys } from './api-keys.js';
import { looksLikeToken, type IdentityTokens } from './identity-tokens.js';

/** Tells who sends a request. At once where nobody has to be asked: a promise would cost every request. */
export type Authenticate = (
  authorization: string | undefined,
  connection: object,
) => MaybePromise<Authentication>;

/**
 * API keys first: they work whatever becomes of the identity provider. What is none of them and looks like a
 * token is one.
 */
export function authenticator(apiKeys: ApiKeys, tokens: IdentityTokens | null): Authenticate {
  return (authorization, connection) => {
    const byKey = apiKeys.authenticate(authorization, connection);
    if (tokens === null || byKey.refusal === null) return byKey;
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return token !== undefined && looksLikeToken(token) ? tokens.authenticate(token) : byKey;
  };
}
