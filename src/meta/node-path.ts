import { wireNodeId } from './wire.js';

/**
 * An id as a part of a path.
 *
 * @throws TypeError for one that could name another path
 */
export function nodePath(id: string): string {
  const { success, data } = wireNodeId.safeParse(id);
  if (!success) throw new TypeError('This is no id of a node.');
  return `/${data}`;
}
