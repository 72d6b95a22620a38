import { z } from 'zod';
import type { Secret } from '../secret.js';
import { type Meta, authorizedBy } from './meta.js';
import { fetchPageList, type Page } from './page.js';
import { wireNodeId } from './wire.js';

const answer = z.object({ data: z.array(z.object({ id: wireNodeId })) });

/**
 * Ids of the business portfolios that the person belongs to, at most 100. Needs `business_management`.
 *
 * @see https://developers.facebook.com/docs/graph-api/reference/user/businesses
 * @throws MetaError
 */
export async function fetchMyBusinesses(meta: Meta, userToken: Secret): Promise<string[]> {
  const { body } = await meta.client.send({
    endpoint: 'me_businesses',
    host: 'facebookGraph',
    path: `/${meta.graphVersion}/me/businesses`,
    query: { fields: 'id', limit: '100', ...authorizedBy(meta, userToken) },
    schema: answer,
  });
  return body.data.map(({ id }) => id);
}

/**
 * Pages that a business portfolio owns.
 *
 * @see https://developers.facebook.com/docs/marketing-api/reference/business/owned_pages
 * @throws MetaError
 */
export function fetchOwnedPages(meta: Meta, businessId: string, userToken: Secret): Promise<Page[]> {
  return fetchPageList(meta, {
    endpoint: 'owned_pages',
    path: `/${encodeURIComponent(businessId)}/owned_pages`,
    token: userToken,
  });
}

/**
 * Pages that a business portfolio manages for others.
 *
 * @see https://developers.facebook.com/docs/marketing-api/reference/business/client_pages
 * @throws MetaError
 */
export function fetchClientPages(meta: Meta, businessId: string, userToken: Secret): Promise<Page[]> {
  return fetchPageList(meta, {
    endpoint: 'client_pages',
    path: `/${encodeURIComponent(businessId)}/client_pages`,
    token: userToken,
  });
}
