import { AppError } from '../errors.js';
import type { RequestContext, Role } from '../request-context.js';

/** `visitor` is whoever comes without a key. */
export type Access = ReadonlyArray<Role | 'visitor'>;

const VISITOR: Access = ['visitor'];
const ADMIN: Access = ['admin'];
const ADMIN_AND_SERVICE: Access = ['admin', 'service'];

/**
 * Who may use what. Every field of Query and Mutation has to stand here: one that does not keeps the server
 * from starting. Fields of other types are for whoever could get at the object, unless they stand here.
 */
export const accessTable: Readonly<Record<string, Access>> = {
  'Query.authUrl': ['visitor', 'admin', 'service'],
  'Query.instagramAccount': ADMIN_AND_SERVICE,
  'Query.instagramAccounts': ADMIN_AND_SERVICE,
  'Query.instagramAccountStats': ADMIN,
  'Query.instagramAccessToken': ['service'],
  'Query.connectionAttempts': ADMIN,
  'Query.renewalStatus': ADMIN,
  'Query.webhookEvents': ADMIN_AND_SERVICE,
  'Query.webhookStatus': ADMIN,
  // A service has no mutation, not even the one that people without a key may use.
  'Mutation.completeInstagramAuth': ['visitor', 'admin'],
  'Mutation.updateInstagramAccountSettings': ADMIN,
  'Mutation.refreshInstagramToken': ADMIN,
  'Mutation.disconnectInstagramAccount': ADMIN,
  'Mutation.deleteInstagramAccount': ADMIN,
  // Whoever completes a connection sees the account, but not what happened to it before.
  'InstagramAccount.history': ADMIN_AND_SERVICE,
};

/**
 * @throws AppError UNAUTHENTICATED (nothing was sent), FORBIDDEN (the caller's role may not), or why what was
 *   sent is not taken: that, wherever it is sent
 */
export function requireAccess(field: string, access: Access, context: RequestContext): void {
  const { principal, refusal } = context;
  if (refusal !== null) throw refusal;
  const roles = principal?.roles ?? VISITOR;
  if (roles.some((role) => access.includes(role))) return;
  if (principal === null) throw new AppError('UNAUTHENTICATED', `${field} needs an API key.`);
  throw new AppError('FORBIDDEN', `The role ${principal.roles.join(' and ')} may not use ${field}.`);
}
