import { z } from 'zod';
import type { Secret } from '../secret.js';
import { fetchList, listOf } from './list.js';
import type { Meta } from './meta.js';
import { fetchPageList, type Page } from './page.js';
import { wireNodeId } from './wire.js';

const businessList = listOf(z.object({ id: wireNodeId }));

/**
 * Ids of the business portfolios that the person belongs to. Needs `business_management`.
 *
 * @see https://developers.facebook.com/docs/graph-api/reference/user/businesses
 * @throws MetaError
 */
export async function fetchMyBusinesses(meta: Meta, userToken: Secret): Promise<string[]> {
  const businesses = await fetchList(meta, {
    endpoint: 'me_businesses',
    path: '/me/businesses',
    token: userToken,
    fields: 'id',
    schema: businessList,
  });
  return businesses.map(({ id }) => id);
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
