import {
  InstagramAccountsDocument,
  type InstagramAccountsQuery,
  type InstagramAccountsQueryVariables,
} from '../../src/generated/graphql.js';
import type { Client } from './client.js';

export type AccountPage = InstagramAccountsQuery['instagramAccounts'];
export type ListVariables = InstagramAccountsQueryVariables;

export async function listPage(client: Client, variables: ListVariables = {}): Promise<AccountPage> {
  return (await client.send(InstagramAccountsDocument, variables)).instagramAccounts;
}

export function idsOf({ edges }: AccountPage): string[] {
  return edges.map(({ node }) => node.accountId);
}

export interface Walk {
  readonly size: number;
  readonly backward?: boolean;
  readonly list?: Pick<ListVariables, 'filter' | 'orderBy'>;
  /** Runs after each page. */
  readonly between?: (page: AccountPage) => Promise<void>;
}

/** Every id of a list in its own order, read page by page from the start or from the end. */
export async function walkList(client: Client, walk: Walk): Promise<string[]> {
  const { size, backward = false, list = {}, between } = walk;
  const seen: string[] = [];
  for (let cursor: string | null = null; ;) {
    const window: ListVariables = backward ? { last: size, before: cursor } : { first: size, after: cursor };
    const page = await listPage(client, { ...list, ...window });
    if (backward) seen.unshift(...idsOf(page));
    else seen.push(...idsOf(page));
    await between?.(page);
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
    if (!(backward ? hasPreviousPage : hasNextPage)) return seen;
    cursor = backward ? startCursor : endCursor;
  }
}
