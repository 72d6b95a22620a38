const PICTURE_HOSTS = ['cdninstagram.com', 'fbcdn.net'];
const MAXIMUM_LENGTH = 2048;

/**
 * A profile picture's URL, or null when it is not one: https, on Meta's own picture hosts. It is only ever
 * stored and handed on; the server never fetches it.
 */
export function pictureUrl(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAXIMUM_LENGTH || !URL.canParse(value)) return null;
  const { protocol, hostname, host, username, href } = new URL(value);
  const known = PICTURE_HOSTS.some((name) => hostname === name || hostname.endsWith(`.${name}`));
  // Without user and port, and as it was understood here: another reader must not see another host in it.
  return protocol === 'https:' && known && host === hostname && username === '' ? href : null;
}
