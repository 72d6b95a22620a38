import type { Plugin } from 'rolldown';

/** The file of graphql-jit that makes the code of an operation. */
export const COMPILER_FILE = /[\\/]graphql-jit[\\/]dist[\\/]execution\.js$/;

/** Where it makes the code for a leaf. */
const CALLS: readonly string[] = [
  'return `${GLOBAL_RUNTIME_NAME}.checkNonNullLeaf(',
  'return `${GLOBAL_RUNTIME_NAME}.checkNullableLeaf(',
];

/**
 * Has compiled operations look at a leaf where it stands, and call for help only with what is wrong about it. For each
 * leaf of each answer graphql-jit 0.8.9 makes the place and the path that an error would name, and nobody looks at
 * them: without, a page of 50 accounts costs a tenth less.
 *
 * @param code the file's
 * @throws TypeError for the code of another version: somebody has to look at it again
 */
export function inlineLeaves(code: string): string {
  const serialized =
    '`${serializerRef}(${GLOBAL_EXECUTION_CONTEXT}, ${sourcePath}, ${errHandler}${extraIndexes})`';
  const before = `leafWithoutError(innerType.name, sourcePath, ${serialized}) + `;
  const changed = CALLS.reduce((text, call) => {
    if (text.split(call).length !== 2)
      throw new TypeError('graphql-jit makes the code for leaves elsewhere.');
    return text.replace(call, () => call.replace('return ', () => `return ${before}`));
  }, code);
  return `${changed}\n${leafWithoutError.toString()}\n`;
}

/** The same, for a bundle. */
export const inliningLeaves: Plugin = {
  name: 'inlining-leaves',
  transform: (code, id) => (COMPILER_FILE.test(id) ? inlineLeaves(code) : null),
};

/**
 * The beginning of a conditional expression, which ends with what graphql-jit does by itself. It becomes part of
 * graphql-jit, so it knows nothing but what it is given.
 *
 * @param value how the code has the value, which may be asked for several times
 * @param serialized how it has the value as its type serializes it
 */
function leafWithoutError(typeName: string, value: string, serialized: string): string {
  switch (typeName) {
    case 'String':
    case 'ID':
      return `typeof ${value} === "string" ? ${value} : `;
    case 'Boolean':
      return `typeof ${value} === "boolean" ? ${value} : `;
    case 'Int':
      return `typeof ${value} === "number" && (${value} | 0) === ${value} ? ${value} : `;
    default:
      return `${value} != null && !(${value} instanceof Error) ? ${serialized} : `;
  }
}
