import { ok, type Answer } from '../answer.js';
import type { Call } from '../call.js';
import { readFields, readNode, type Field } from '../fields.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import type { Page, Person } from '../people.js';
import type { Platform } from '../platform.js';
import { isStranger, requireFacebookToken } from '../token-checks.js';
import type { Token } from '../tokens.js';
import { pageNode } from './nodes.js';
import { sliceList } from './paging.js';

/** The fields of Meta's sample; the linked Instagram account is not among them. */
const defaultFields: readonly Field[] = [
  'access_token',
  'category',
  'category_list',
  'name',
  'id',
  'tasks',
].map((name) => ({ name, fields: null }));

/** @see Meta: "User Accounts", Graph API reference */
export function listAccounts(platform: Platform, call: Call): Answer {
  const token = requireFacebookToken(platform, call);
  if (token.kind === 'page') throw new Refusal(errors.unknownField('accounts', 'Page'));
  const { person } = token.grant;
  if (isStranger(person)) throw new Refusal(errors.noAdvancedAccess('pages_show_list'));
  const fields = readFields(call) ?? defaultFields;
  const { items, paging } = sliceList(
    platform,
    call,
    listedPages(person, token),
    person.traits.pages.perAnswer,
  );
  const data = items.map((page) => readNode(pageNode(platform, page, token, call.now), fields));
  return ok(paging === null ? { data } : { data, paging });
}

/** That the list is empty, and not refused, without `pages_show_list` is a guess. */
function listedPages(person: Person, token: Token): readonly Page[] {
  const { inPortfolio, emptyLooks } = person.traits.pages;
  person.looksAtPages += 1;
  const isHidden = inPortfolio === true || person.looksAtPages <= (emptyLooks ?? 0);
  return isHidden || !token.grant.granted.has('pages_show_list') ? [] : person.pages;
}
