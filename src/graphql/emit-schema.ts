import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { buildGraphQLSchema } from './build-schema.js';

/** The SDL as it is committed: sorted, so that a change shows as what it is. */
export function printSortedSchema(): string {
  return `# Made from the code by \`npm run codegen\`. Do not edit.\n\n${printSchema(lexicographicSortSchema(buildGraphQLSchema()))}\n`;
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, '..', '..', 'schema', 'schema.graphql'), printSortedSchema());
}
