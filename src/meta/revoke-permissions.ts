import type { Secret } from '../secret.js';
import { appToken } from './app-token.js';
import { authorizedBy, type Meta } from './meta.js';
import { nodePath } from './node-path.js';
import { successAnswer } from './success-answer.js';

/**
 * Takes back all that a person has granted to the app with Facebook Login; their tokens, those of their pages
 * included, die.
 *
 * @param userId the person, as graph.facebook.com's `/me` names them
 * @see https://developers.facebook.com/docs/facebook-login/guides/permissions/request-revoke
 * @throws MetaError
 */
export async function revokeFacebookPermissions(meta: Meta, userId: string): Promise<void> {
  await meta.client.send({
    endpoint: 'revoke_permissions',
    host: 'facebookGraph',
    method: 'DELETE',
    path: `/${meta.graphVersion}${nodePath(userId)}/permissions`,
    query: authorizedBy(meta, appToken(meta.facebookApp)),
    schema: successAnswer,
  });
}

/**
 * Takes back what a person has granted with Instagram Login. Meta documents it for Facebook Login only: whether
 * it works is not certain.
 *
 * @throws MetaError
 */
export async function revokeInstagramPermissions(meta: Meta, token: Secret): Promise<void> {
  await meta.client.send({
    endpoint: 'revoke_permissions',
    host: 'instagramGraph',
    method: 'DELETE',
    path: '/me/permissions',
    query: { access_token: token },
    schema: successAnswer,
  });
}
