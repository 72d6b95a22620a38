/** `expires_in` as it comes, and the seconds that may be counted on. Undefined: the field is absent. */
export const expiresInCases: ReadonlyArray<readonly [unknown, number | null]> = [
  [5_183_944, 5_183_944],
  ['5183944', 5_183_944],
  [undefined, null],
  [null, null],
  [0, null],
  ['0', null],
  [-1, null],
  [1.5, null],
  ['soon', null],
  [true, null],
  [[5_183_944], null],
  // Over ten years: no token of Meta's.
  [315_360_000, null],
];

/** What must never be taken for a token. Undefined: the field is absent. */
export const unusableTokens: readonly unknown[] = [
  undefined,
  null,
  '',
  '  ',
  42,
  true,
  {},
  ['EAA'],
  'E'.repeat(8193),
];

/** A body with these fields, the undefined ones left out. */
export function tokenBody(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ token_type: 'bearer', ...fields });
}
