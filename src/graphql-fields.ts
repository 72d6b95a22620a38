import { visit, type FieldNode, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

type Fragments = GraphQLResolveInfo['fragments'];

/** By the field, which of one document is the same object for every answer. */
const known = new WeakMap<FieldNode, ReadonlySet<string>>();

/**
 * The names of all fields that are asked for below the field that `info` is of, at any depth: more than are answered
 * where a directive leaves some out, and never fewer.
 */
export function fieldsBelow({ fieldNodes, fragments }: GraphQLResolveInfo): ReadonlySet<string> {
  const [names = new Set<string>(), ...others] = fieldNodes.map((node) => namesBelow(node, fragments));
  // What is asked for in several places is merged.
  return others.length === 0 ? names : new Set([names, ...others].flatMap((some) => [...some]));
}

function namesBelow(node: FieldNode, fragments: Fragments): ReadonlySet<string> {
  let names = known.get(node);
  if (names === undefined) {
    names = collectNames(node.selectionSet, fragments);
    known.set(node, names);
  }
  return names;
}

function collectNames(selectionSet: SelectionSetNode | undefined, fragments: Fragments): Set<string> {
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
  if (selectionSet !== undefined) look(selectionSet);
  return names;
}
