import type { Secret } from '../secret.js';
import { authorizedBy, type Meta } from './meta.js';
import { nodePath } from './node-path.js';
import { successAnswer } from './success-answer.js';

/**
 * Ends the app's webhook subscription of an account of Instagram Login.
 *
 * @param professionalAccountId the `17841…` id; Meta has been seen to refuse `me` here
 * @see https://developers.facebook.com/docs/instagram-platform/webhooks
 * @throws MetaError
 */
export async function unsubscribeAccount(
  meta: Meta,
  professionalAccountId: string,
  token: Secret,
): Promise<void> {
  await meta.client.send({
    endpoint: 'unsubscribe_webhooks',
    host: 'instagramGraph',
    method: 'DELETE',
    path: `/${meta.graphVersion}${nodePath(professionalAccountId)}/subscribed_apps`,
    query: { access_token: token },
    schema: successAnswer,
  });
}

/**
 * Ends the app's webhook subscription of a Facebook Page.
 *
 * @param token the page's own
 * @see https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps
 * @throws MetaError
 */
export async function unsubscribePage(meta: Meta, pageId: string, token: Secret): Promise<void> {
  await meta.client.send({
    endpoint: 'unsubscribe_webhooks',
    host: 'facebookGraph',
    method: 'DELETE',
    path: `/${meta.graphVersion}${nodePath(pageId)}/subscribed_apps`,
    query: authorizedBy(meta, token),
    schema: successAnswer,
  });
}
