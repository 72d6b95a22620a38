import { z } from 'zod';
import type { Secret } from '../secret.js';
import { type Meta, authorizedBy } from './meta.js';

const answer = z.object({ data: z.array(z.object({ permission: z.string(), status: z.string() })) });

/**
 * The permissions that the person granted to the app, by a Facebook User token.
 *
 * @see https://developers.facebook.com/docs/graph-api/reference/user/permissions
 * @throws MetaError
 */
export async function fetchGrantedPermissions(meta: Meta, userToken: Secret): Promise<string[]> {
  const { body } = await meta.client.send({
    endpoint: 'me_permissions',
    host: 'facebookGraph',
    path: `/${meta.graphVersion}/me/permissions`,
    query: { ...authorizedBy(meta, userToken) },
    schema: answer,
  });
  return body.data.filter(({ status }) => status === 'granted').map(({ permission }) => permission);
}
