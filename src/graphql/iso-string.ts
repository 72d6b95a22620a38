/** The texts of the times that were written last: what is shown is shown again. */
const texts = new Map<number, string>();
const REMEMBERED = 20_000;

/**
 * `new Date(time).toISOString()` for whole milliseconds since 1970; it takes many times as long. Not put together of
 * parts: one text like that, and `JSON.stringify` takes twice as long for all that it is in.
 */
export function toIsoString(time: number): string {
  let text = texts.get(time);
  if (text === undefined) {
    if (texts.size >= REMEMBERED) texts.clear();
    text = new Date(time).toISOString();
    texts.set(time, text);
  }
  return text;
}
