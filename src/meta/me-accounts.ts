import type { Secret } from '../secret.js';
import type { Meta } from './meta.js';
import { fetchPageList, type Page } from './page.js';

/**
 * The Pages that the person granted, in Meta's order. Empty for Pages that belong to a business portfolio,
 * and for some seconds right after consent.
 *
 * @see https://developers.facebook.com/docs/graph-api/reference/user/accounts
 * @throws MetaError
 */
export function fetchMyPages(meta: Meta, userToken: Secret): Promise<Page[]> {
  return fetchPageList(meta, { endpoint: 'me_accounts', path: '/me/accounts', token: userToken });
}
