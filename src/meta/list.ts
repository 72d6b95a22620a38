import { z, type ZodType } from 'zod';
import type { Secret } from '../secret.js';
import type { Endpoint } from './hosts.js';
import { type Meta, authorizedBy } from './meta.js';

/** As many as Meta gives in one answer. */
const ITEMS_PER_ANSWER = '100';
/** Stops a list that never ends. 100 answers of 100 are more than anybody has. */
const MAXIMUM_ANSWERS = 100;

const paging = z
  .object({
    cursors: z
      .object({ after: z.string().min(1).max(2048) })
      .optional()
      .catch(undefined),
    next: z.string().optional().catch(undefined),
  })
  .optional()
  .catch(undefined);

/** What the documented answer looks like, by what its items do. */
export function listOf<Item>(item: ZodType<Item>) {
  return z.object({ data: z.array(item), paging });
}

export interface ListRequest<Item> {
  readonly endpoint: Endpoint;
  /** Path below the version, with its leading slash. */
  readonly path: string;
  readonly token: Secret;
  readonly fields: string;
  /** By `listOf`, once: zod compiles each schema that it is given. */
  readonly schema: ReturnType<typeof listOf<Item>>;
}

/**
 * All items of one list of graph.facebook.com, over all its answers. The next answer is asked for by its
 * cursor, never by the URL in `paging.next`: that one names a host of the answer's choosing and holds the token.
 *
 * @see https://developers.facebook.com/docs/graph-api/results
 * @throws MetaError
 */
export async function fetchList<Item>(
  meta: Meta,
  { endpoint, path, token, fields, schema }: ListRequest<Item>,
): Promise<Item[]> {
  const items: Item[] = [];
  const cursors = new Set<string>();
  let after: string | undefined;
  while (cursors.size < MAXIMUM_ANSWERS) {
    const { body } = await meta.client.send({
      endpoint,
      host: 'facebookGraph',
      path: `/${meta.graphVersion}${path}`,
      query: {
        fields,
        limit: ITEMS_PER_ANSWER,
        ...(after === undefined ? {} : { after }),
        ...authorizedBy(meta, token),
      },
      schema,
    });
    items.push(...body.data);
    // An answer may be empty and still have a next one; without `next` the list has ended.
    const next = body.paging?.next === undefined ? undefined : body.paging.cursors?.after;
    if (next === undefined || cursors.has(next)) return items;
    cursors.add(next);
    after = next;
  }
  return items;
}
