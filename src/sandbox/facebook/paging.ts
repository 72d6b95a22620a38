import { accessToken, type Call } from '../call.js';
import { Refusal } from '../graph-error.js';
import * as errors from '../graph-errors.js';
import type { JsonObject } from '../json.js';
import { hostUrl, type Platform } from '../platform.js';

const DEFAULT_LIMIT = 25;
const CURSOR_PREFIX = 'sandbox:';

interface Slice<Item> {
  readonly items: readonly Item[];
  /** `paging` of the answer; an empty list has none. */
  readonly paging: JsonObject | null;
}

/**
 * The part of a list that `limit` and `after` ask for, at most `perAnswer` things at once. `next` is there as
 * long as more follow, and holds the access token, as Meta's does.
 *
 * @see Meta: "Paginated Results", cursor-based pagination
 */
export function sliceList<Item>(
  platform: Platform,
  call: Call,
  all: readonly Item[],
  perAnswer = Number.POSITIVE_INFINITY,
): Slice<Item> {
  const start = readCursor(call.params['after']);
  const end = start + Math.min(readLimit(call.params['limit']), perAnswer);
  const items = all.slice(start, end);
  if (items.length === 0) return { items, paging: null };
  const cursors = { before: writeCursor(start), after: writeCursor(start + items.length - 1) };
  return {
    items,
    paging: end < all.length ? { cursors, next: nextUrl(platform, call, cursors.after) } : { cursors },
  };
}

function nextUrl(platform: Platform, call: Call, after: string): string {
  const query = new URLSearchParams({ access_token: accessToken(call) ?? '' });
  for (const name of ['fields', 'limit']) {
    const value = call.params[name];
    if (value !== undefined) query.set(name, value);
  }
  query.set('after', after);
  return `${hostUrl(platform, call.host)}/${call.path}?${query.toString()}`;
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new Refusal(errors.invalidParameter('Param limit must be a positive integer'));
  }
  return limit;
}

/** A cursor names the thing at which a slice ends; the next one starts behind it. */
function writeCursor(index: number): string {
  return Buffer.from(`${CURSOR_PREFIX}${index}`).toString('base64url');
}

/** How Meta words the refusal of a cursor that it never gave out is a guess. */
function readCursor(cursor: string | undefined): number {
  if (cursor === undefined || cursor === '') return 0;
  const index = new RegExp(`^${CURSOR_PREFIX}(\\d{1,9})$`).exec(
    Buffer.from(cursor, 'base64url').toString(),
  )?.[1];
  if (index === undefined) throw new Refusal(errors.invalidParameter('Invalid cursors values'));
  return Number(index) + 1;
}
