import { MINUTE, plus } from '../time.js';
import { html, redirectTo, refusalAnswer, type Answer } from './answer.js';
import { accessToken, type Call } from './call.js';
import { insufficientRoleUrl } from './dialog/consent.js';
import type { EndpointName } from './endpoint-names.js';
import { foreignFaults, refusalFaults, type FaultOrder, type RefusalFault } from './faults.js';
import { PageRefusal, type GraphError } from './graph-error.js';
import * as errors from './graph-errors.js';
import type { Platform } from './platform.js';
import { throttled } from './rate-limits.js';

/** What a fault answers in place of the endpoint; null: it is of another sort and lets the endpoint answer. */
export function answerOfFault(
  platform: Platform,
  call: Call,
  endpoint: EndpointName,
  order: FaultOrder,
): Answer | null {
  const refusal = refusalFaults.find((name) => name === order.fault);
  if (refusal !== undefined) return refusalOfFault(platform, call, endpoint, refusal, order.minutes);
  const foreign = foreignFaults.find((name) => name === order.fault);
  switch (foreign) {
    case undefined:
      return null;
    case 'html_502':
      return html(502, '<!doctype html><title>Sorry, something went wrong.</title><h1>502 Bad Gateway</h1>');
    case 'http_429':
      return html(429, '<!doctype html><title>Too many requests</title>', retryAfter(order.minutes));
    case 'redirect':
      // Another name for this machine, so that a client that follows shows up in the ledger as `elsewhere`.
      return redirectTo(`${platform.url.replace(/\/\/[^:]+/, '//localhost')}/elsewhere`);
  }
}

function retryAfter(minutes: number | undefined): Record<string, string> {
  return minutes === undefined ? {} : { 'retry-after': String(minutes * 60) };
}

const wordedFlatly: ReadonlySet<RefusalFault> = new Set(['client_secret', 'insufficient_role']);

function refusalOfFault(
  platform: Platform,
  call: Call,
  endpoint: EndpointName,
  name: RefusalFault,
  minutes: number | undefined,
): Answer {
  if (endpoint === 'consent' && name === 'insufficient_role') {
    return redirectTo(insufficientRoleUrl(platform, call));
  }
  const error = errorOfFault(platform, call, name, minutes);
  if (endpoint === 'dialog' || endpoint === 'consent') throw new PageRefusal('Sorry', error.message);
  // These two have no number of their own in the flat shape, and a client has to know them by their text there.
  const isFlat =
    wordedFlatly.has(name) && call.host === 'api.instagram.com' && platform.errorShapes.next() === 'flat';
  return refusalAnswer(isFlat ? { ...error, isFlat } : error, call.host.startsWith('graph.'));
}

function errorOfFault(
  platform: Platform,
  call: Call,
  name: RefusalFault,
  minutes: number | undefined,
): GraphError {
  const accountId = call.person?.account.id ?? '0';
  const clientId = platform.apps[call.person?.world ?? 'documented'].clientId;
  switch (name) {
    case 'unavailable':
      return errors.temporarilyUnavailable();
    case 'unknown_error':
      return errors.unknownError();
    case 'rate_app':
    case 'rate_app_unnamed':
    case 'rate_user':
    case 'rate_page':
    case 'rate_calls':
      return throttled(name, accountId, minutes);
    case 'rate_instagram':
      // The limit of a business use case always comes with the time that it lasts.
      return throttled(name, accountId, minutes ?? 19);
    case 'token_expired':
      return errors.tokenExpired(plus(call.now, -MINUTE), call.now);
    case 'app_removed':
      return errors.tokenRevoked(458, clientId);
    case 'checkpoint':
      return errors.tokenRevoked(459, clientId);
    case 'password_changed':
      return errors.tokenRevoked(460, clientId);
    case 'invalid_token':
      return errors.cannotParseToken();
    case 'session_invalid':
      return errors.sessionInvalid();
    case 'policy_block':
      return errors.policyBlock();
    case 'app_unknown':
      return errors.appWithoutInfo();
    case 'capability':
      return errors.noCapability();
    case 'permission_denied':
      return errors.permissionDenied();
    case 'permission_missing':
      return errors.permissionMissing('pages_show_list');
    case 'api_blocked':
      return errors.apiBlocked();
    case 'unsupported_request':
      return errors.unsupportedRequest(call.method);
    case 'missing_object':
      return errors.missingObject(accountId, call.method);
    case 'insufficient_role':
      return errors.insufficientRole();
    case 'client_secret':
      return errors.wrongClientSecret();
    case 'evil_echo':
      return errors.malformedToken(sentCredential(call));
  }
}

function sentCredential(call: Call): string {
  return accessToken(call) ?? call.params['fb_exchange_token'] ?? call.params['code'] ?? '';
}
