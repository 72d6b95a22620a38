import type { CommittedOperations } from './committed-operations.js';
import type { CompiledOperations, RunOperation } from './compiled-operations.js';

interface FastOperation {
  readonly name: string;
  readonly field: string;
  readonly run: RunOperation;
}

/** Finds one of our own operations by its text, exactly. */
export type FindOperation = (text: string) => FastOperation | null;

/**
 * Finds a committed operation that is ready to be run: its text was found to be valid, and it is compiled. Then it
 * stays ready, whatever else is compiled meanwhile.
 */
export function fastOperations(committed: CommittedOperations, compiled: CompiledOperations): FindOperation {
  const ready = new Map<string, FastOperation>();
  return (text) => {
    const known = ready.get(text);
    if (known !== undefined) return known;
    const operation = committed.find(text);
    if (operation?.document == null) return null;
    const { name, field, document } = operation;
    const run = compiled.find(document, name, true);
    if (run === null) return null;
    const fast = { name, field, run };
    ready.set(text, fast);
    return fast;
  };
}
