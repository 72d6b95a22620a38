import { html, redirectTo, type Answer } from '../answer.js';
import type { Call } from '../call.js';
import { PageRefusal } from '../graph-error.js';
import type { Person } from '../people.js';
import type { Platform } from '../platform.js';
import { basicScope, optionalScope } from '../scopes.js';
import type { Grant } from '../tokens.js';
import { judgeAuthorizationRequest, type AuthorizationRequest } from './authorization-request.js';
import { consentPage } from './consent-page.js';

/** Shows who can consent. */
export function showDialog(platform: Platform, call: Call): Answer {
  const request = judgeAuthorizationRequest(platform, call);
  const target = new URL(request.redirectUri);
  // Browsers hold the redirect that follows a form against `form-action` as well.
  const formAction = target.origin === 'null' ? target.protocol : target.origin;
  return html(200, consentPage(request), { 'content-security-policy': pagePolicy(`'self' ${formAction}`) });
}

/** A page without scripts, whose forms go where `formAction` says. */
export function pagePolicy(formAction: string): string {
  return `default-src 'none'; style-src 'self'; form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`;
}

/** The person's answer: back to the app, with a code or with a refusal. */
export function giveConsent(platform: Platform, call: Call): Answer {
  const request = judgeAuthorizationRequest(platform, call);
  const choice = call.form['persona'] ?? '';
  if (choice === '') return redirectTo(denialUrl(request));
  const person = platform.people.find(request.world, choice);
  if (person === null) throw new PageRefusal('Nobody of that name', `There is no persona ${choice}.`);
  if (person.traits.declines === 'everything') return redirectTo(denialUrl(request));
  const code = platform.codes.mint(grantTo(person, request, call.now), request.redirectUri, call.now);
  const fragment = request.dialog === 'instagram' ? '#_' : '#_=_';
  return redirectTo(withParams(request, { code: code.value }) + fragment, code.value);
}

function grantTo(person: Person, request: AuthorizationRequest, now: Date): Grant {
  person.consents += 1;
  person.looksAtPages = 0;
  person.calledEndpoints.clear();
  if (person.limitedUntil !== null && person.limitedUntil <= now) person.limitedUntil = null;
  const { declines } = person.traits;
  const unticked =
    declines === 'basic'
      ? basicScope[person.world]
      : declines === 'optional'
        ? optionalScope[person.world]
        : null;
  return {
    person,
    consentedAt: now,
    granted: new Set(request.scopes.filter((scope) => scope !== unticked)),
    declined: new Set(request.scopes.filter((scope) => scope === unticked)),
  };
}

/** That `state` comes back with a refusal is not documented; Meta's samples leave it out. */
function denialUrl(request: AuthorizationRequest): string {
  return request.dialog === 'instagram'
    ? withParams(request, {
        error: 'access_denied',
        error_reason: 'user_denied',
        error_description: 'The user denied your request',
      })
    : withParams(request, {
        error_reason: 'user_denied',
        error: 'access_denied',
        error_description: 'Permissions error',
      });
}

/** One public fixture has this redirect for an account without a role; Meta's documentation does not. */
export function insufficientRoleUrl(platform: Platform, call: Call): string {
  const params = { error: 'access_denied', error_description: 'Insufficient developer role' };
  return withParams(judgeAuthorizationRequest(platform, call), params);
}

function withParams(request: AuthorizationRequest, params: Record<string, string>): string {
  const query = new URLSearchParams(params);
  if (request.state !== null) query.set('state', request.state);
  return `${request.redirectUri}${request.redirectUri.includes('?') ? '&' : '?'}${query.toString()}`;
}
