import type { Secret } from '../secret.js';
import { authorizedBy, type Meta } from './meta.js';
import { nodePath } from './node-path.js';
import { successAnswer } from './success-answer.js';

/**
 * Subscribes the app to an account's comments and messages, with Instagram Login. Safe to repeat: it sets what
 * is subscribed. What arrives is decided by the fields of the app's dashboard as well.
 *
 * @param professionalAccountId the `17841…` id; Meta has been seen to refuse `me` here
 * @see https://developers.facebook.com/docs/instagram-platform/webhooks
 * @throws MetaError
 */
export async function subscribeAccount(
  meta: Meta,
  professionalAccountId: string,
  token: Secret,
): Promise<void> {
  await meta.client.send({
    endpoint: 'subscribe_webhooks',
    host: 'instagramGraph',
    method: 'POST',
    path: `/${meta.graphVersion}${nodePath(professionalAccountId)}/subscribed_apps`,
    query: { subscribed_fields: 'comments,messages', access_token: token },
    schema: successAnswer,
  });
}

/**
 * Subscribes the app to a Facebook Page. One field of the page is enough for all of Instagram's to arrive, and
 * `feed` is the one that needs no permission beyond those of the connection. Safe to repeat.
 *
 * @param token the page's own
 * @see https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps
 * @throws MetaError
 */
export async function subscribePage(meta: Meta, pageId: string, token: Secret): Promise<void> {
  await meta.client.send({
    endpoint: 'subscribe_webhooks',
    host: 'facebookGraph',
    method: 'POST',
    path: `/${meta.graphVersion}${nodePath(pageId)}/subscribed_apps`,
    query: { subscribed_fields: 'feed', ...authorizedBy(meta, token) },
    schema: successAnswer,
  });
}
