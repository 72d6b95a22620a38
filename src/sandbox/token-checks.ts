import { createHmac } from 'node:crypto';
import { accessToken, type Call } from './call.js';
import { Refusal } from './graph-error.js';
import * as errors from './graph-errors.js';
import type { Person } from './people.js';
import type { TokenFamily } from './personas.js';
import type { Platform } from './platform.js';
import type { Token } from './tokens.js';

/**
 * The live token behind `value`, for a host that takes tokens of `family`.
 *
 * @throws {Refusal} 190: unknown or of the other family (no subcode), expired (463), or killed (its subcode).
 */
export function requireLiveToken(platform: Platform, value: string, family: TokenFamily, now: Date): Token {
  const token = platform.tokens.find(value);
  if (token === null || token.family !== family) throw new Refusal(errors.cannotParseToken());
  const problem = findTokenProblem(platform, token, now);
  if (problem !== null) throw new Refusal(problem);
  return token;
}

/** Why the token no longer works; null: it does. */
export function findTokenProblem(platform: Platform, token: Token, now: Date) {
  if (token.revokedAs !== null && token.revokedAs !== 463) {
    return errors.tokenRevoked(token.revokedAs, platform.apps[token.grant.person.world].clientId);
  }
  if (token.revokedAs === 463) return errors.tokenExpired(now, now);
  if (token.expiresAt !== null && token.expiresAt <= now) return errors.tokenExpired(token.expiresAt, now);
  return null;
}

/**
 * A proof that is sent must be right for the token it rides with. Whether graph.instagram.com looks at it is
 * not documented; the sandbox does, on both hosts.
 *
 * @see Meta: "Securing Graph API Requests"
 * @throws {Refusal} 100, GraphMethodException
 */
export function checkProof(call: Call, token: string, appSecret: string): void {
  const proof = call.params['appsecret_proof'];
  if (proof === undefined) return;
  const expected = createHmac('sha256', appSecret).update(token).digest('hex');
  if (proof !== expected) throw new Refusal(errors.invalidProof());
}

/**
 * The token that a call on graph.facebook.com is made with. Its proof is checked too, and asked for where the
 * app's settings say so.
 */
export function requireFacebookToken(platform: Platform, call: Call): Token {
  const value = accessToken(call);
  if (value === null || value === '') throw new Refusal(errors.activeTokenRequired());
  const token = requireLiveToken(platform, value, 'EAA', call.now);
  if (platform.requiresAppSecretProof && call.params['appsecret_proof'] === undefined) {
    throw new Refusal(errors.missingProof());
  }
  checkProof(call, value, platform.apps[token.grant.person.world].clientSecret);
  return token;
}

/** @throws {Refusal} the "method type" refusal: for an empty token, and for somebody without a role on the app. */
export function requireInstagramToken(platform: Platform, call: Call): Token {
  const value = requireInstagramTokenText(call);
  const token = requireLiveToken(platform, value, 'IGAA', call.now);
  checkProof(call, value, platform.apps[token.grant.person.world].clientSecret);
  return token;
}

/** As `requireInstagramToken`, before the token itself is looked at. */
export function requireInstagramTokenText(call: Call): string {
  const value = accessToken(call);
  if (value === null || value === '') throw new Refusal(errors.unsupportedRequest(call.method));
  if (isStranger(call.person)) throw new Refusal(errors.unsupportedRequest(call.method));
  return value;
}

export function requireScope(token: Token, scope: string, refusal = errors.permissionDenied()): void {
  if (!token.grant.granted.has(scope)) throw new Refusal(refusal);
}

export function isStranger(person: Person | null): boolean {
  return person?.traits.isStranger === true;
}
