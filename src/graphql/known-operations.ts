import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, parse, type OperationDefinitionNode } from 'graphql';

/** The committed operations; the same place seen from `src` and from `dist`. */
const FOLDER = join(import.meta.dirname, '..', '..', 'schema', 'operations');

/** The names of the committed operations, each with its root field. A server without the folder knows none. */
export function readKnownOperations(): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  if (!existsSync(FOLDER)) return known;
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.graphql'))) {
    for (const definition of parse(readFileSync(join(FOLDER, file), 'utf8')).definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const field = onlyField(definition);
      if (definition.name !== undefined && field !== null) known.set(definition.name.value, field);
    }
  }
  return known;
}

/** The root field of an operation that has one, and only that. */
export function onlyField({ selectionSet }: OperationDefinitionNode): string | null {
  const [first, ...others] = selectionSet.selections;
  return first?.kind === Kind.FIELD && others.length === 0 ? first.name.value : null;
}
