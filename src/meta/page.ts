import { z } from 'zod';
import { Secret } from '../secret.js';
import { fetchList, listOf, type ListRequest } from './list.js';
import type { Meta } from './meta.js';
import { wireId, wireNodeId, wireText, wireToken } from './wire.js';

/** A Facebook Page as a list of pages shows it. */
export interface Page {
  readonly id: string;
  readonly name: string | null;
  /** The page's own token; null when the person did not grant this page to the app. */
  readonly accessToken: Secret | null;
  /** The Instagram professional account that is linked to it; null when none is. */
  readonly instagram: { readonly id: string; readonly username: string | null } | null;
}

/** `instagram_business_account` and `access_token` are not among the fields that Meta sends unasked. */
const PAGE_FIELDS =
  'id,name,access_token,tasks,instagram_business_account{id,username,name,profile_picture_url}';

const page = z.object({
  id: wireNodeId,
  name: wireText(1024).optional(),
  access_token: wireToken.nullish().catch(null),
  instagram_business_account: z
    .object({ id: wireId, username: wireText(256).optional() })
    .nullish()
    .catch(null),
});

const pageList = listOf(page);

/**
 * All Pages of one list.
 *
 * @throws MetaError
 */
export async function fetchPageList(
  meta: Meta,
  request: Pick<ListRequest<never>, 'endpoint' | 'path' | 'token'>,
): Promise<Page[]> {
  const pages = await fetchList(meta, { ...request, fields: PAGE_FIELDS, schema: pageList });
  return pages.map(toPage);
}

function toPage(wire: z.infer<typeof page>): Page {
  const linked = wire.instagram_business_account ?? null;
  return {
    id: wire.id,
    name: wire.name ?? null,
    accessToken: wire.access_token == null ? null : new Secret(wire.access_token),
    instagram: linked && { id: linked.id, username: linked.username ?? null },
  };
}
