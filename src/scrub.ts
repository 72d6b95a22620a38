/** What Meta's tokens look like: `IGAA…`/`IGQ…` (Instagram) and `EAA…` (Facebook), wherever they stand in a text. */
const TOKEN_PATTERN = /(?:IGAA|IGQ|EAA)[A-Za-z0-9_-]{16,}/g;

/**
 * What rides as a parameter and must never be shown, in the way it stands in a URL or a form, or in a URL
 * within a URL. It ends before a backslash: in a line of JSON, that one belongs to the quote behind it.
 */
const PARAMETER_PATTERN =
  /(?<=^|[^A-Za-z0-9_]|%[0-9A-F]{2}|\\[nrt])(access_token|fb_exchange_token|input_token|client_secret|appsecret_proof|code|code_verifier)(=|%3D)[^&\s"'<>\\]+/g;

/**
 * `text` without the given values (as they are, and as they stand in URLs, forms, JSON and base64) and without
 * anything that looks like a token of Meta's. For texts that somebody else wrote and that go to the log.
 */
export function scrub(text: string, values: readonly string[] = []): string {
  // A very short value would blank out ordinary words.
  const forms = values.filter((value) => value.length >= 4).flatMap(writtenForms);
  let scrubbed = text;
  // The longest first: one value may be a part of another.
  for (const form of forms.toSorted((a, b) => b.length - a.length)) {
    scrubbed = scrubbed.replaceAll(form, '[secret]');
  }
  return scrubbed.replaceAll(TOKEN_PATTERN, '[secret]').replaceAll(PARAMETER_PATTERN, '$1$2[secret]');
}

function writtenForms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    encodeURIComponent(value.toWellFormed()),
    new URLSearchParams({ value }).toString().slice('value='.length),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
}
