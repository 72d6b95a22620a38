import { AppError } from '../errors.js';
import type { LoginFlow } from '../login-flow.js';
import { longestLimit, type Limit, type LimitScope } from '../meta/limits.js';

/** Whose calls each flow cannot do without; `moca` has a way around graph.facebook.com. */
const requiredApp: Readonly<Record<LoginFlow, LimitScope>> = {
  moca: 'app:instagram',
  instagram: 'app:instagram',
  facebook: 'app:facebook',
};

/**
 * The limit that keeps a flow's connections from being made now; null for none.
 *
 * @param waitedFor whether a person waits: they may use what Meta's limits leave for them, a sweep may not
 */
export function findClosedDoor(limits: readonly Limit[], flow: LoginFlow, waitedFor: boolean): Limit | null {
  return longestLimit(
    limits.filter(({ scope, blocks }) => scope === requiredApp[flow] && (blocks === 'all' || !waitedFor)),
  );
}

export function closedDoorError({ reason }: Limit): AppError {
  return new AppError('META_RATE_LIMITED', `Meta was not asked again: ${reason}`);
}
