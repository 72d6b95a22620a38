import { z } from 'zod';
import { Secret } from '../secret.js';
import type { Endpoint } from './hosts.js';
import { type Meta, authorizedBy } from './meta.js';
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
const PAGE_SIZE = '100';
/** Stops a list that never ends. 100 pages of 100 are more Pages than anybody has. */
const MAXIMUM_ANSWERS = 100;

const page = z.object({
  id: wireNodeId,
  name: wireText(1024).optional(),
  access_token: wireToken.nullish().catch(null),
  instagram_business_account: z
    .object({ id: wireId, username: wireText(256).optional() })
    .nullish()
    .catch(null),
});

const pageList = z.object({
  data: z.array(page),
  paging: z
    .object({
      cursors: z
        .object({ after: z.string().min(1).max(2048) })
        .optional()
        .catch(undefined),
      next: z.string().optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/**
 * All Pages of one list, over all its answers. The next answer is asked for by its cursor, never by the URL
 * in `paging.next`: that one names a host of the answer's choosing and holds the token.
 *
 * @throws MetaError
 */
export async function fetchPageList(
  meta: Meta,
  request: { readonly endpoint: Endpoint; readonly path: string; readonly token: Secret },
): Promise<Page[]> {
  const pages: Page[] = [];
  const cursors = new Set<string>();
  let after: string | undefined;
  while (cursors.size < MAXIMUM_ANSWERS) {
    const { body } = await meta.client.send({
      endpoint: request.endpoint,
      host: 'facebookGraph',
      path: `/${meta.graphVersion}${request.path}`,
      query: {
        fields: PAGE_FIELDS,
        limit: PAGE_SIZE,
        ...(after === undefined ? {} : { after }),
        ...authorizedBy(meta, request.token),
      },
      schema: pageList,
    });
    pages.push(...body.data.map(toPage));
    // An answer may be empty and still have a next one; without `next` the list has ended.
    const next = body.paging?.next === undefined ? undefined : body.paging.cursors?.after;
    if (next === undefined || cursors.has(next)) return pages;
    cursors.add(next);
    after = next;
  }
  return pages;
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
