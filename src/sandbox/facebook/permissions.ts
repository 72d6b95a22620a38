import { ok, type Answer } from '../answer.js';
import { accessToken, type Call } from '../call.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import type { Platform } from '../platform.js';
import { requireFacebookToken } from '../token-checks.js';
import { appOfToken } from './app-token.js';
import type { Token } from '../tokens.js';

/** @see Meta: "Manually Build a Login Flow", checking permissions */
export function listPermissions(platform: Platform, call: Call): Answer {
  const { granted, declined } = requireOwnToken(platform, call).grant;
  return ok({
    data: [
      ...[...granted].map((permission) => ({ permission, status: 'granted' })),
      ...[...declined].map((permission) => ({ permission, status: 'declined' })),
    ],
  });
}

/**
 * With the app's own token, or the person's: takes one permission back, or, without a name, removes the app: all of the person's tokens for it die.
 *
 * @see Meta: "Requesting & Revoking Permissions"
 */
export function deletePermissions(platform: Platform, call: Call): Answer {
  const app = appOfToken(platform, accessToken(call) ?? '', call);
  if (app !== null) {
    const id = call.segments[0] ?? '';
    platform.tokens.revoke((person) => person.world === app && person.facebookUserId === id, 458);
    return ok({ success: true });
  }
  const { granted, declined, person } = requireOwnToken(platform, call).grant;
  const permission = call.segments[2] ?? call.params['permission'];
  if (permission === undefined) {
    platform.tokens.revoke((candidate) => candidate === person, 458);
  } else if (granted.delete(permission)) {
    declined.add(permission);
  }
  return ok({ success: true });
}

function requireOwnToken(platform: Platform, call: Call): Token {
  const token = requireFacebookToken(platform, call);
  const id = call.segments[0] ?? '';
  if (token.kind === 'page') throw new Refusal(errors.unknownField('permissions', 'Page'));
  if (id !== 'me' && id !== token.grant.person.facebookUserId) {
    throw new Refusal(errors.missingObject(id, call.method));
  }
  return token;
}
