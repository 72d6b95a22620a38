import type { PageInfo } from './page-info.type.js';
import type { PageRequest } from './page-request.js';

export interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

export interface Page<Node> {
  readonly edges: Array<Edge<Node>>;
  readonly pageInfo: PageInfo;
}

/**
 * Makes the page of what was read: up to one row more than `size` (its presence means that the list goes on),
 * in the direction of the request.
 *
 * @param isBounded whether anything lies on the other side of the cursor that the request began at
 */
export function toPage<Row, Node>(
  rows: readonly Row[],
  { size, backward }: PageRequest<unknown>,
  isBounded: boolean,
  toEdge: (row: Row) => Edge<Node>,
): Page<Node> {
  const goesOn = rows.length > size;
  const edges = rows.slice(0, size).map(toEdge);
  if (backward) edges.reverse();
  return {
    edges,
    pageInfo: {
      hasNextPage: backward ? isBounded : goesOn,
      hasPreviousPage: backward ? goesOn : isBounded,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
