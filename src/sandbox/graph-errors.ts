import type { GraphError } from './graph-error.js';
import type { RevocationSubcode } from './tokens.js';

/**
 * Meta's refusals, one function for each. Texts are Meta's own or come from public reports; where neither
 * gives one, the comment says that it is a guess.
 *
 * @see Meta: "Handling Errors"
 */
function refuse(code: number, message: string, more: Partial<GraphError> = {}): GraphError {
  return { status: 400, type: 'OAuthException', code, message, ...more };
}

export function unknownError(): GraphError {
  return refuse(1, 'An unknown error occurred', { status: 500 });
}

export function temporarilyUnavailable(): GraphError {
  const message = 'An unexpected error has occurred. Please retry your request later.';
  return refuse(2, message, { status: 500, isTransient: true });
}

export function wrongClientSecret(): GraphError {
  return refuse(1, 'Error validating client secret.');
}

export function noCapability(): GraphError {
  return refuse(3, '(#3) Application does not have the capability to make this API call.');
}

export function permissionDenied(): GraphError {
  return refuse(10, '(#10) Application does not have permission for this action', { status: 403 });
}

export function permissionMissing(permission: string): GraphError {
  return refuse(200, `(#200) Requires ${permission} permission to manage the object`, { status: 403 });
}

export function noAdvancedAccess(permission: string): GraphError {
  const message = `(#200) App does not have Advanced Access to ${permission} permission, and user does not have role on app`;
  return refuse(200, message, { status: 403 });
}

export function apiBlocked(): GraphError {
  return refuse(200, 'API access blocked.');
}

/** The app's Instagram id on graph.facebook.com, or an app that Meta has restricted. */
export function appWithoutInfo(): GraphError {
  return refuse(101, 'Error validating application. Cannot get application info due to a system error.');
}

export function unknownApp(): GraphError {
  return refuse(101, 'Error validating application. Invalid application ID.');
}

export function sessionInvalid(): GraphError {
  return refuse(102, 'Session key invalid or no longer valid');
}

export function policyBlock(): GraphError {
  return refuse(368, 'The action attempted has been deemed abusive or is otherwise disallowed');
}

/** A token of the other family, or no token at all. */
export function cannotParseToken(): GraphError {
  return refuse(190, 'Invalid OAuth access token - Cannot parse access token');
}

/** What `fb_exchange_token` says about a token that is none. */
export function invalidToken(): GraphError {
  return refuse(190, 'Invalid OAuth access token.');
}

/** An app token whose secret is wrong. */
export function invalidSignature(): GraphError {
  return refuse(190, 'Invalid OAuth access token signature.');
}

export function malformedToken(token: string): GraphError {
  return refuse(190, `Malformed access token ${token}`);
}

export function tokenExpired(expiredAt: Date, now: Date): GraphError {
  const message = `Error validating access token: Session has expired on ${metaDate(expiredAt)}. The current time is ${metaDate(now)}.`;
  return refuse(190, message, { subcode: 463 });
}

/** The texts of 464, 467 and 492 are guesses. */
const deathNotes: Readonly<Record<Exclude<RevocationSubcode, 463>, string>> = {
  458: 'The user has not authorized application',
  459: 'You cannot access the app till you log in to www.facebook.com and follow the instructions given',
  460: 'The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons',
  464: 'Sessions for the user are not allowed because the user is not a confirmed user',
  467: 'The session is invalid because the user logged out',
  492: 'The user does not have the necessary role on this Page',
};

export function tokenRevoked(subcode: Exclude<RevocationSubcode, 463>, clientId: string): GraphError {
  const note = subcode === 458 ? `${deathNotes[458]} ${clientId}` : deathNotes[subcode];
  return refuse(190, `Error validating access token: ${note}.`, { subcode });
}

export function activeTokenRequired(): GraphError {
  const message = 'An active access token must be used to query information about the current user.';
  return refuse(2500, message);
}

export function unknownPath(path: string): GraphError {
  return refuse(2500, `Unknown path components: /${path}`);
}

export function badFieldSyntax(fields: string): GraphError {
  return refuse(2500, `Syntax error "Expected end of string." in fields: ${fields}`);
}

export function unknownField(field: string, node: string): GraphError {
  return refuse(100, `(#100) Tried accessing nonexisting field (${field}) on node type (${node})`);
}

export function invalidParameter(detail: string): GraphError {
  return refuse(100, `(#100) ${detail}`);
}

export function missingObject(id: string, method: string): GraphError {
  const message = `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`;
  return refuse(100, message, { type: 'GraphMethodException', subcode: 33 });
}

/**
 * Has nothing to do with the HTTP method: the account has no role on an app with Standard Access, or the
 * token that was sent is empty.
 */
export function unsupportedRequest(method: string): GraphError {
  const message = `Unsupported request - method type: ${method.toLowerCase()}`;
  return refuse(100, message, { type: 'IGApiException' });
}

/** @see Meta: "Securing Graph API Requests" */
export function invalidProof(): GraphError {
  const message = 'Invalid appsecret_proof provided in the API argument';
  return refuse(100, message, { type: 'GraphMethodException' });
}

/** @see Meta: "Securing Graph API Requests" */
export function missingProof(): GraphError {
  const message = 'API calls from the server require an appsecret_proof argument';
  return refuse(100, message, { type: 'GraphMethodException' });
}

/** A guess but for its meaning: no public source shows what Meta answers to a token under 24 hours. */
export function tooYoungToRefresh(): GraphError {
  const message = 'The access token must be at least 24 hours old to be refreshed';
  return refuse(100, message, { type: 'IGApiException' });
}

export function insufficientRole(): GraphError {
  return refuse(10, 'Insufficient developer role', { status: 403 });
}

/** "Sunday, 09-Aug-26 01:30:58 UTC": Meta's own texts are in Pacific time. */
function metaDate(date: Date): string {
  const [weekday = '', day = '', month = '', year = '', time = ''] = date.toUTCString().split(/,? /);
  const names: Readonly<Record<string, string>> = { Tue: 'Tues', Wed: 'Wednes', Thu: 'Thurs', Sat: 'Satur' };
  return `${names[weekday] ?? weekday}day, ${day}-${month}-${year.slice(2)} ${time} UTC`;
}
