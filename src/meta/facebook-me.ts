import { z } from 'zod';
import type { Secret } from '../secret.js';
import { type Meta, authorizedBy } from './meta.js';
import { wireId } from './wire.js';

const answer = z.object({ id: wireId });

/**
 * The app-scoped Facebook id of the person who consented: the id that Meta's deauthorize and data deletion
 * callbacks name.
 *
 * @see https://developers.facebook.com/docs/graph-api/reference/user
 * @throws MetaError
 */
export async function fetchFacebookUserId(meta: Meta, userToken: Secret): Promise<string> {
  const { body } = await meta.client.send({
    endpoint: 'fb_me',
    host: 'facebookGraph',
    path: `/${meta.graphVersion}/me`,
    query: { fields: 'id', ...authorizedBy(meta, userToken) },
    schema: answer,
  });
  return body.id;
}
