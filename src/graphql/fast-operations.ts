import type { CommittedOperations } from './committed-operations.js';
import type { CompiledOperations } from './compiled-operations.js';

/** Finds a committed operation that is ready to be run: its text was found to be valid, and it is compiled. */
export function fastOperations(committed: CommittedOperations, compiled: CompiledOperations) {
  return (text: string) => {
    const operation = committed.find(text);
    if (operation?.document == null) return null;
    const { name, field, document } = operation;
    const run = compiled.find(document, name, true);
    return run === null ? null : { name, field, run };
  };
}
