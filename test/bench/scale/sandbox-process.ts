// The sandbox as a process of its own, so that what the server needs can be told from what Meta's stand-in does.
import process from 'node:process';
import type * as sandboxModule from '../../../src/sandbox/sandbox.js';
import type * as environmentModule from '../../../src/sandbox/sandbox-environment.js';
import { load } from './built-code.ts';

/** Beyond the 55 % of its life at which every token is due. */
const TOKEN_AGE_MS = 34 * 86_400_000;

export interface SandboxOrder {
  readonly accounts: number;
  readonly latencyMs: number;
}

export interface SandboxWorld {
  /** What the server has to be told to find it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly issuedAt: number;
  readonly tokens: ReadonlyArray<{
    readonly value: string;
    readonly appScopedId: string;
    readonly username: string;
  }>;
}

process.once('message', (order: SandboxOrder) => void begin(order));
process.on('disconnect', () => process.exit(0));

async function begin({ accounts, latencyMs }: SandboxOrder): Promise<void> {
  const { createSandbox } = await load<typeof sandboxModule>('sandbox/sandbox.js');
  const { sandboxEnvironment } = await load<typeof environmentModule>('sandbox/sandbox-environment.js');
  const sandbox = await createSandbox();
  const { clock } = sandbox;
  clock.advance(-TOKEN_AGE_MS);
  const issuedAt = clock.now().getTime();
  const tokens = Array.from({ length: accounts }, (_, index) => {
    const { value, person } = sandbox.grant(`code-101#${index + 1}`, 'long');
    return { value, appScopedId: person.appScopedId, username: person.account.username };
  });
  clock.advance(TOKEN_AGE_MS);
  if (latencyMs > 0) sandbox.faults.inject({ fault: 'delay', endpoint: 'any', delayMs: latencyMs });
  process.send?.({
    environment: sandboxEnvironment(sandbox, 'moca'),
    issuedAt,
    tokens,
  } satisfies SandboxWorld);
}
