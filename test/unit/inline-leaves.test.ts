import { buildSchema, parse } from 'graphql';
import { compileQuery } from 'graphql-jit';
import { expect, test } from 'vitest';
import { inlineLeaves } from '../../src/scripts/inline-leaves.js';

test('Operations are compiled in tests as in the built server: leaves are looked at where they stand.', () => {
  const compiled = compileQuery(buildSchema('type Query { text: String! }'), parse('{ text }'), '', {
    debug: true,
  } as object);
  expect(JSON.stringify(compiled)).toContain('typeof __fieldtext ===');
});

test('The code of another version of graphql-jit is not touched.', () => {
  expect(() => inlineLeaves('return `${GLOBAL_RUNTIME_NAME}.checkLeaf(')).toThrow('elsewhere');
});
