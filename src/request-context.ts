import type { ExecutionResult } from 'graphql';
import type { AppError } from './errors.js';

export type Role = 'admin' | 'service';

/** Whoever sent a valid API key, or a valid token of the identity provider. */
export interface Principal {
  /** The highest first: by it the history calls them. */
  readonly roles: readonly [Role, ...Role[]];
  /** The key's name, as the configuration has it; of a token, its subject. */
  readonly name: string;
}

/** The operations whose callers are limited by address. */
export type LimitedOperation = 'authUrl' | 'complete';

/** What an Authorization header turned out to be. */
export interface Authentication {
  /** Null for a caller who sent nothing, or nothing that is taken. */
  readonly principal: Principal | null;
  /** Why what was sent is not taken; null for whoever is somebody, or sent nothing. */
  readonly refusal: AppError | null;
}

/** What a resolver knows of the request that it answers. */
export interface RequestContext extends Authentication {
  /** Names the request in the log. */
  readonly requestId: string;
  /**
   * Counts one use of the operation against the caller's address.
   *
   * @throws AppError RATE_LIMITED
   */
  readonly countUse: (operation: LimitedOperation) => void;
  /** What the operation came to, where it was executed already. */
  answer?: ExecutionResult;
}

/** Who did it, for an account's history: `admin:<name>`, `service:<name>` or `system`. */
export function actorOf({ principal }: RequestContext): string {
  return principal === null ? 'system' : `${principal.roles[0]}:${principal.name}`;
}
