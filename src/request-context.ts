export type Role = 'admin' | 'service';

/** Whoever sent a valid API key. */
export interface Principal {
  readonly role: Role;
  /** The key's name, as the configuration has it. */
  readonly name: string;
}

/** The operations whose callers are limited by address. */
export type LimitedOperation = 'authUrl' | 'complete';

/** What a resolver knows of the request that it answers. */
export interface RequestContext {
  /** Null for a caller without a key. */
  readonly principal: Principal | null;
  /** Whether a key was sent that is not one of ours. */
  readonly hasInvalidKey: boolean;
  /** Names the request in the log. */
  readonly requestId: string;
  /**
   * Counts one use of the operation against the caller's address.
   *
   * @throws AppError RATE_LIMITED
   */
  readonly countUse: (operation: LimitedOperation) => Promise<void>;
}

/** Who did it, for an account's history: `admin:<key name>`, `service:<key name>` or `system`. */
export function actorOf({ principal }: RequestContext): string {
  return principal === null ? 'system' : `${principal.role}:${principal.name}`;
}
