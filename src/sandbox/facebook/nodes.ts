import type { GraphNode } from '../fields.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import type { InstagramAccount, Page, Person } from '../people.js';
import type { Platform } from '../platform.js';
import { basicScope } from '../scopes.js';
import type { Token } from '../tokens.js';

const tasks = ['ANALYZE', 'ADVERTISE', 'MODERATE', 'CREATE_CONTENT', 'MANAGE'];

/**
 * A page, as the holder of `token` may read it. Its Instagram account is absent, not null, when none is
 * linked. That reading it without the basic permission is refused with code 10 is a guess.
 *
 * @see Meta: "Page", Graph API reference
 */
export function pageNode(platform: Platform, page: Page, token: Token, now: Date): GraphNode {
  const readAccount = (): GraphNode | undefined => {
    const { granted, person } = token.grant;
    if (!granted.has(basicScope[person.world])) throw new Refusal(errors.permissionDenied());
    return page.account === null ? undefined : instagramAccountNode(page.account);
  };
  return {
    type: 'Page',
    defaults: ['name', 'id'],
    values: {
      id: () => page.id,
      name: () => page.name,
      access_token: () =>
        (token.kind === 'page' ? token : platform.tokens.pageToken(token, page.id, now)).value,
      category: () => 'App Page',
      category_list: () => [{ id: '2301', name: 'App Page' }],
      tasks: () => tasks,
      instagram_business_account: readAccount,
    },
  };
}

/** @see Meta: "IG User", Instagram Platform reference */
export function instagramAccountNode(account: InstagramAccount): GraphNode {
  return {
    type: 'IGUser',
    defaults: ['id'],
    values: {
      id: () => account.id,
      username: () => account.username,
      name: () => account.name ?? undefined,
      profile_picture_url: () => account.pictureUrl ?? undefined,
      followers_count: () => 1_204,
      follows_count: () => 87,
      media_count: () => 42,
    },
  };
}

export function userNode(person: Person): GraphNode {
  return {
    type: 'User',
    defaults: ['name', 'id'],
    values: { id: () => person.facebookUserId, name: () => person.name },
  };
}

export function businessNode(business: { readonly id: string; readonly name: string }): GraphNode {
  return {
    type: 'Business',
    defaults: ['id', 'name'],
    values: { id: () => business.id, name: () => business.name },
  };
}

/** The pages that a person works on, however they came to: a page can be read by its id in any case. */
export function reachablePages(person: Person): readonly Page[] {
  const throughPortfolios = person.businesses.flatMap((business) => [
    ...business.ownedPages,
    ...business.clientPages,
  ]);
  return [...new Set([...person.pages, ...throughPortfolios])];
}
