import { ok, type Answer } from '../answer.js';
import type { Call } from '../call.js';
import { readFields, readNode } from '../fields.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import type { Platform } from '../platform.js';
import { requireFacebookToken, requireScope } from '../token-checks.js';
import type { Token } from '../tokens.js';
import { businessNode, pageNode } from './nodes.js';
import { sliceList } from './paging.js';

/** @see Meta: "User Businesses", Graph API reference */
export function listBusinesses(platform: Platform, call: Call): Answer {
  const { person } = requireBusinessToken(platform, call).grant;
  const { items, paging } = sliceList(platform, call, person.businesses);
  const data = items.map((business) => readNode(businessNode(business), readFields(call)));
  return ok(paging === null ? { data } : { data, paging });
}

/** @see Meta: "Business Owned Pages", Graph API reference */
export function listOwnedPages(platform: Platform, call: Call): Answer {
  return listPages(platform, call, 'ownedPages');
}

/** @see Meta: "Business Client Pages", Graph API reference */
export function listClientPages(platform: Platform, call: Call): Answer {
  return listPages(platform, call, 'clientPages');
}

function listPages(platform: Platform, call: Call, edge: 'ownedPages' | 'clientPages'): Answer {
  const token = requireBusinessToken(platform, call);
  const id = call.segments[0] ?? '';
  const business = token.grant.person.businesses.find((candidate) => candidate.id === id);
  if (business === undefined) throw new Refusal(errors.missingObject(id, call.method));
  const { items, paging } = sliceList(platform, call, business[edge]);
  const data = items.map((page) => readNode(pageNode(platform, page, token, call.now), readFields(call)));
  return ok(paging === null ? { data } : { data, paging });
}

function requireBusinessToken(platform: Platform, call: Call): Token {
  const token = requireFacebookToken(platform, call);
  if (token.kind === 'page') throw new Refusal(errors.unknownField('businesses', 'Page'));
  requireScope(token, 'business_management', errors.permissionMissing('business_management'));
  return token;
}
