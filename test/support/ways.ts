import type { AppOverrides } from '../../src/app.js';
import type { Environment } from '../../src/config.js';
import { anAccount, seedAccounts } from './accounts.js';
import { createTestApp, type TestApp } from './test-app.js';

/** Servers that differ only in how they execute: each on a database of its own, with the same in it. */
export interface Ways extends AsyncDisposable {
  readonly all: ReadonlyArray<{ readonly name: string; readonly moca: TestApp }>;
  readonly fast: TestApp;
}

const NAMES = ['anna', 'bert', 'carl', 'dora', 'emil'];
const AT = new Date('2026-11-20T12:00:00Z');

export async function createWays(env: Environment = {}): Promise<Ways> {
  const create = async (overrides: AppOverrides, more: Environment = {}): Promise<TestApp> => {
    const moca = await createTestApp({ overrides, env: { ...env, ...more } });
    moca.clock.set(AT);
    await seedAccounts(
      moca,
      NAMES.map((accountName, index) =>
        anAccount({
          accountId: `1784140000000000${index}`,
          accountName,
          tokenKind: index % 2 === 0 ? 'PAGE' : 'LONG_LIVED',
          tokenExpiry: index % 2 === 0 ? null : new Date(AT.getTime() + index * 10 * 86_400_000),
          connectedAt: new Date(AT.getTime() - index * 1_000),
        }),
      ),
    );
    return moca;
  };
  const plain = await create({ plainExecution: true });
  const compiled = await create({}, { GRAPHQL_FAST_PATH: 'off' });
  const fast = await create({});
  const all = [
    { name: 'graphql-js behind Apollo Server', moca: plain },
    { name: 'compiled', moca: compiled },
    { name: 'the fast path', moca: fast },
  ];
  return {
    all,
    fast,
    [Symbol.asyncDispose]: async () => {
      for (const { moca } of all) await moca[Symbol.asyncDispose]();
    },
  };
}
