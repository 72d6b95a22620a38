// Node has these two since version 21; TypeScript's libraries do not describe them yet.
const rawJson = JSON as JSON & {
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
};

export type JsonObject = Record<string, unknown>;

/**
 * `digits` as a bare number in the JSON text, digit by digit. A JavaScript number would round an id above
 * 2^53 before it is ever sent, and the sandbox could not show the fault that this causes on the other side.
 */
export function numericLiteral(digits: string): object {
  return rawJson.rawJSON(digits);
}

export function isNumericLiteral(value: unknown): boolean {
  return rawJson.isRawJSON(value);
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isNumericLiteral(value);
}
