/**
 * JSON as Meta sends and signs it: whatever is not ASCII as `\u` and four lower-case hex digits, and every slash
 * escaped. Who reads it and writes it anew gets another text, and with it another signature.
 *
 * @see Meta: "Webhooks", validating payloads ("an escaped unicode version of the payload, with lowercase hex digits")
 */
export function escapedJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replaceAll(
      /[\u0080-\uffff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}
