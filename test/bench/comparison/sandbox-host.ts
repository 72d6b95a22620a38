// The sandbox as a process of its own, which does what people and Meta do while connections are measured.
import process from 'node:process';
import type * as sandboxModule from '../../../src/sandbox/sandbox.js';
import type * as environmentModule from '../../../src/sandbox/sandbox-environment.js';
import { load } from '../scale/built-code.ts';

/** `consent` to authorization URLs, as another person each; from now on answer after `delay`; tell the number of `calls`. */
export type SandboxRequest =
  { readonly consent: readonly string[] } | { readonly delayMs: number } | { readonly count: 'calls' };

/** Where each person was sent back to. */
export type Consents = readonly string[];

const { createSandbox } = await load<typeof sandboxModule>('sandbox/sandbox.js');
const { sandboxEnvironment } = await load<typeof environmentModule>('sandbox/sandbox-environment.js');
const sandbox = await createSandbox();
let people = 0;

process.on('message', (request: SandboxRequest) => void answer(request));
process.on('disconnect', () => process.exit(0));
process.send?.(sandboxEnvironment(sandbox, 'moca'));

async function answer(request: SandboxRequest): Promise<void> {
  if ('consent' in request) {
    const callbacks: string[] = [];
    for (const url of request.consent) {
      people += 1;
      callbacks.push((await sandbox.consent(url, `page-token#${people}`)).href);
    }
    process.send?.(callbacks satisfies Consents);
  } else if ('delayMs' in request) {
    sandbox.faults.inject({ fault: 'delay', endpoint: 'any', delayMs: request.delayMs });
    process.send?.(null);
  } else {
    process.send?.(sandbox.ledger.count());
  }
}
