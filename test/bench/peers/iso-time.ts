/** More than a server shows in a while; one that runs for years forgets the old ones. */
const REMEMBERED_TIMES = 20_000;

const texts = new Map<number, string>();

/** What `Date.prototype.toISOString` gives, for each time once: a text that was put together would slow JSON down. */
export function isoTime(milliseconds: number): string {
  let text = texts.get(milliseconds);
  if (text === undefined) {
    if (texts.size === REMEMBERED_TIMES) texts.clear();
    text = new Date(milliseconds).toISOString();
    texts.set(milliseconds, text);
  }
  return text;
}
