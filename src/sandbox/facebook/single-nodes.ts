import { ok, type Answer } from '../answer.js';
import type { Call } from '../call.js';
import { readFields, readNode } from '../fields.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import type { Page } from '../people.js';
import type { Platform } from '../platform.js';
import { basicScope } from '../scopes.js';
import { isStranger, requireFacebookToken, requireScope } from '../token-checks.js';
import type { Token } from '../tokens.js';
import { instagramAccountNode, pageNode, reachablePages, userNode } from './nodes.js';

/**
 * Whoever the token is: a person, or, with a page's token, the page.
 *
 * @see Meta: "User", Graph API reference
 */
export function readFacebookMe(platform: Platform, call: Call): Answer {
  const token = requireFacebookToken(platform, call);
  const page = token.pageId === null ? null : findPage(token, token.pageId);
  const node = page === null ? userNode(token.grant.person) : pageNode(platform, page, token, call.now);
  return ok(readNode(node, readFields(call)));
}

/** A page by its id, for its own token or for somebody who works on it; `me/accounts` need not list it. */
export function readPage(platform: Platform, call: Call): Answer {
  const token = requireFacebookToken(platform, call);
  const id = call.segments[0] ?? '';
  const { person } = token.grant;
  if (id === person.facebookUserId && token.kind === 'user') return readFacebookMe(platform, call);
  const page = token.pageId === null || token.pageId === id ? findPage(token, id) : null;
  if (page === null) throw new Refusal(errors.missingObject(id, call.method));
  if (isStranger(person)) throw new Refusal(errors.noAdvancedAccess('pages_read_engagement'));
  return ok(readNode(pageNode(platform, page, token, call.now), readFields(call)));
}

/** A linked Instagram account by its id. */
export function readInstagramUser(platform: Platform, call: Call): Answer {
  const token = requireFacebookToken(platform, call);
  const id = call.segments[0] ?? '';
  const { person } = token.grant;
  const page = reachablePages(person).find(
    (candidate) => candidate.account?.id === id && (token.pageId ?? candidate.id) === candidate.id,
  );
  const account = page?.account ?? null;
  if (account === null) throw new Refusal(errors.missingObject(id, call.method));
  requireScope(token, basicScope[person.world]);
  return ok(readNode(instagramAccountNode(account), readFields(call)));
}

function findPage(token: Token, id: string): Page | null {
  return reachablePages(token.grant.person).find((page) => page.id === id) ?? null;
}
