interface ReviverContext {
  /** The text of a primitive value as it stood in the JSON. */
  readonly source?: string;
}

const INTEGER = /^-?\d+$/;

/**
 * `JSON.parse`, but an integer that a JavaScript number cannot hold arrives as a string of its exact digits.
 *
 * Meta writes ids as bare numbers above 2^53, and so may whoever calls us: `30927608773521033` would become
 * `30927608773521030`, which may be somebody else's.
 *
 * @see https://tc39.es/proposal-json-parse-with-source/
 * @throws SyntaxError when `text` is not JSON
 */
export function parseJsonLosslessly(text: string): unknown {
  return JSON.parse(text, (_key: string, value: unknown, context?: ReviverContext) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source;
    return source !== undefined && INTEGER.test(source) ? source : value;
  });
}
