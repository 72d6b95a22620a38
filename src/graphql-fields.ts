import { Kind, visit, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

/** By the selection, which of one document is the same object for every answer. */
const known = new WeakMap<object, ReadonlySet<string>>();

/**
 * The names of all fields that are asked for below the field that `info` is of, at any depth: more than are answered
 * where a directive leaves some out, and never fewer.
 */
export function fieldsBelow({ fieldNodes, fragments }: GraphQLResolveInfo): ReadonlySet<string> {
  const [first] = fieldNodes;
  // What is asked for in several places is merged, and looked at anew each time.
  const found = first === undefined || fieldNodes.length > 1 ? undefined : known.get(first);
  if (found !== undefined) return found;
  const names = new Set<string>();
  const seen = new Set<string>();
  const look = (selection: SelectionSetNode): void => {
    visit(selection, {
      Field: ({ name }) => {
        names.add(name.value);
      },
      FragmentSpread: ({ name }) => {
        const fragment = fragments[name.value];
        if (fragment === undefined || seen.has(name.value)) return;
        seen.add(name.value);
        look(fragment.selectionSet);
      },
    });
  };
  for (const { kind, selectionSet } of fieldNodes) {
    if (kind === Kind.FIELD && selectionSet !== undefined) look(selectionSet);
  }
  if (first !== undefined && fieldNodes.length === 1) known.set(first, names);
  return names;
}
