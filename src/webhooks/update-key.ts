import { createHash } from 'node:crypto';

/** What one update says, whatever shape it came in. */
export interface UpdateContent {
  readonly entryId: string;
  readonly field: string;
  /** When Meta says that it happened, as it was written; null where it does not say. */
  readonly time: unknown;
  readonly value: unknown;
}

/** Fields whose updates are about a comment that has an id of its own, and come once for each. */
const COMMENT_FIELDS: ReadonlySet<string> = new Set(['comments', 'live_comments']);

/**
 * What makes an update the same one, however often it is sent: SHA-256 of
 * - a message's `mid`, with whose it is and whether it was deleted (a deletion names the same `mid`);
 * - a comment's id and the field;
 * - the whole content of anything else, its keys in order.
 *
 * The batch never counts: Meta may put what it repeats into another one.
 */
export function updateKey({ entryId, field, time, value }: UpdateContent): string {
  const { message, id } = asRecord(value);
  const { mid, is_deleted } = asRecord(message);
  if (isText(mid)) return hash(['message', entryId, mid, is_deleted === true]);
  if (COMMENT_FIELDS.has(field) && isText(id)) return hash(['comment', entryId, field, id]);
  return hash(['update', entryId, field, inOrder(time), inOrder(value)]);
}

/** An object's own fields; none for anything else. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function isText(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, content]) => [name, inOrder(content)]);
}

function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
