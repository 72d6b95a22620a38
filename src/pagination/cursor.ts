import { END_OF_TIME_MS } from '../time.js';

/** Longer than any cursor that this server makes. */
const MAXIMUM_LENGTH = 2048;

/** Where the bytes of a cursor stand while it is written: a buffer for each would cost more than to write it. */
const scratch = Buffer.alloc(MAXIMUM_LENGTH);

/** A cursor: opaque to the caller, a JSON array to us. The first item names the list and its order. */
export function encodeCursor(parts: readonly (string | number)[]): string {
  const json = JSON.stringify(parts);
  // A character has three bytes at most.
  if (json.length * 3 > MAXIMUM_LENGTH) return Buffer.from(json).toString('base64url');
  return scratch.toString('base64url', 0, scratch.write(json));
}

/** The parts of a cursor of the list `name`; null when it is anything else. */
export function decodeCursor(cursor: string, name: string): Array<string | number> | null {
  if (cursor.length > MAXIMUM_LENGTH) return null;
  const bytes = Buffer.from(cursor, 'base64url');
  // Base64url has several texts for the same bytes, and skips what does not belong: only ours is a cursor.
  if (bytes.toString('base64url') !== cursor) return null;
  let parts: unknown;
  try {
    parts = JSON.parse(bytes.toString('utf8'));
  } catch {
    return null; // Not JSON, so none of ours.
  }
  return Array.isArray(parts) && parts[0] === name && parts.every(isPart) ? parts : null;
}

/** Our numbers are ids and times; one that is neither would be an error in the query. */
function isPart(part: unknown): part is string | number {
  if (typeof part === 'string') return true;
  return Number.isInteger(part) && Math.abs(part as number) <= END_OF_TIME_MS;
}

/** The id that a cursor of the list `name` holds beside its name; null when it is anything else. */
export function decodeIdCursor(cursor: string, name: string): number | null {
  const [, id, ...rest] = decodeCursor(cursor, name) ?? [];
  return typeof id === 'number' && rest.length === 0 ? id : null;
}
