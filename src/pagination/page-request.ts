import { AppError } from '../errors.js';

const DEFAULT_PAGE_SIZE = 20;
const MAXIMUM_PAGE_SIZE = 100;

/** Which page of a list: its size, its direction, and the cursors between which it lies. */
export interface PageRequest<Key> {
  /** 1 to 100. */
  readonly size: number;
  /** Whether the page is counted from the end of the list (`last`). */
  readonly backward: boolean;
  readonly after: Key | null;
  readonly before: Key | null;
}

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/**
 * Judges the arguments of a list.
 *
 * @see https://relay.dev/graphql/connections.htm#sec-Arguments
 * @throws AppError BAD_USER_INPUT for a size outside 1 to 100, `first` with `last`, or a cursor that is not one
 */
export function readPageRequest<Key>(
  { first, after, last, before }: PageArguments,
  decode: (cursor: string) => Key | null,
): PageRequest<Key> {
  if (first != null && last != null)
    throw new AppError('BAD_USER_INPUT', 'first and last: give one of them.');
  requireSize('first', first);
  requireSize('last', last);
  return {
    size: first ?? last ?? DEFAULT_PAGE_SIZE,
    backward: last != null,
    after: readCursor('after', after, decode),
    before: readCursor('before', before, decode),
  };
}

function requireSize(name: string, size: number | null | undefined): void {
  if (size != null && (size < 1 || size > MAXIMUM_PAGE_SIZE)) {
    throw new AppError('BAD_USER_INPUT', `${name}: must be 1 to ${MAXIMUM_PAGE_SIZE}.`);
  }
}

function readCursor<Key>(
  name: string,
  cursor: string | null | undefined,
  decode: (cursor: string) => Key | null,
): Key | null {
  if (cursor == null) return null;
  const key = decode(cursor);
  if (key === null) throw new AppError('BAD_USER_INPUT', `${name}: is not a cursor of this list.`);
  return key;
}
