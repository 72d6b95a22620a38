import { readVerifier } from './verifier.js';

const STORAGE_KEY = 'moca.returned';

/** What Meta has sent the person back with, and what this tab has for it. */
export interface Returned {
  readonly code: string;
  readonly state: string | null;
  readonly verifier: string | null;
}

/**
 * Keeps what came with the page's URL until there is a final answer: the URL loses it at once, and a reload
 * meanwhile has to go on with it.
 */
export function keepReturned(code: string, state: string | null): Returned {
  const returned: Returned = { code, state, verifier: readVerifier() };
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify(returned));
  return returned;
}

/** What this tab came back with before, if it has not had its final answer. */
export function readReturned(): Returned | null {
  const kept = sessionStorage.getItem(STORAGE_KEY);
  return kept === null ? null : (JSON.parse(kept) as Returned);
}

/** Forgets it, when it is of no more use. */
export function dropReturned(): void {
  sessionStorage.removeItem(STORAGE_KEY);
}
