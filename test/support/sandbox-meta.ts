import type { AuthorizationCode } from '../../src/meta/exchange-authorization-code.js';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.js';
import { Secret } from '../../src/secret.js';
import { codeOf, REDIRECT_URI, type WorldName } from '../contract/visitor.js';
import { createTestMeta, type TestMeta } from './scripted-meta.js';
import { TestClock } from './test-clock.js';

export interface SandboxMeta extends TestMeta {
  readonly sandbox: Sandbox;
  /** What the callback page brings after this persona's consent. */
  code(persona: string): Promise<AuthorizationCode>;
}

/** A sandbox, and a client of it as one of the world's apps. */
export async function createSandboxMeta(
  world: WorldName,
  options: SandboxOptions = {},
): Promise<SandboxMeta> {
  const clock = new TestClock();
  const sandbox = await createSandbox({ clock, ...options });
  const { clientId, clientSecret } = sandbox.apps[world];
  const app = { clientId, clientSecret: new Secret(clientSecret) };
  const test = createTestMeta(sandbox.hosts, { clock, apps: { instagramApp: app, facebookApp: app } });
  return {
    ...test,
    sandbox,
    code: async (persona) => ({
      code: new Secret(await codeOf(sandbox, world, persona)),
      redirectUri: REDIRECT_URI,
    }),
    [Symbol.asyncDispose]: async () => {
      await test[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}
