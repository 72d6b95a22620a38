import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, parse, print, type DocumentNode, type OperationDefinitionNode } from 'graphql';

/** The committed operations; the same place seen from `src` and from `dist`. */
const FOLDER = join(import.meta.dirname, '..', '..', 'schema', 'operations');

/** An operation of `schema/operations`, in one of the forms in which it is sent. */
export interface CommittedOperation {
  readonly name: string;
  /** Its one field of Query or Mutation. */
  readonly field: string;
  /** What Apollo Server has made of this text, and found to be valid; null before it was sent for the first time. */
  document: DocumentNode | null;
}

/** The operations of `schema/operations`, by their texts. A server without the folder knows none. */
export class CommittedOperations {
  readonly #byText = new Map<string, CommittedOperation>();
  readonly #fields = new Map<string, string>();

  constructor() {
    for (const text of readTexts()) {
      const { definitions } = parse(text);
      const [definition] = definitions;
      // A document of one operation: whoever sends it need not say which.
      if (definitions.length !== 1 || definition?.kind !== Kind.OPERATION_DEFINITION) continue;
      const field = onlyField(definition);
      if (definition.name === undefined || field === null) continue;
      const name = definition.name.value;
      this.#fields.set(name, field);
      for (const form of formsOf(text, definition)) this.#byText.set(form, { name, field, document: null });
    }
  }

  /** By its text, exactly. */
  find(text: string): CommittedOperation | null {
    return this.#byText.get(text) ?? null;
  }

  /** The root field of the operation of this name; null when there is none. */
  fieldOf(name: string): string | null {
    return this.#fields.get(name) ?? null;
  }

  /** Whether it is one; its document is then the one that is given. */
  note(text: string, document: DocumentNode): boolean {
    const operation = this.#byText.get(text);
    if (operation === undefined) return false;
    operation.document = document;
    return true;
  }
}

function readTexts(): string[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.graphql'))
    .map((name) => readFileSync(join(FOLDER, name), 'utf8'));
}

/** As it stands in its file, as graphql-js prints it (what GraphQL clients send), and as the generated documents have it. */
function formsOf(text: string, operation: OperationDefinitionNode): string[] {
  const printed = print(operation);
  return [text, text.trim(), printed, `\n    ${printed}\n    `];
}

/** The root field of an operation that has one, and only that. */
export function onlyField({ selectionSet }: OperationDefinitionNode): string | null {
  const [first, ...others] = selectionSet.selections;
  return first?.kind === Kind.FIELD && others.length === 0 ? first.name.value : null;
}
