import { createApp, type AppOverrides } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import type { App } from '../../src/lifecycle.js';
import type { PipelinePoint, Points } from '../../src/oauth/pipeline-points.js';
import { Client } from './client.js';
import { testSecrets, type TestApp } from './test-app.js';

/** Another server on an app's database, as a second machine would run it. */
export interface Replica extends AsyncDisposable {
  readonly app: App;
  readonly visitor: Client;
  readonly admin: Client;
  readonly service: Client;
}

export async function startReplica(
  { env, clock }: Pick<TestApp, 'env' | 'clock'>,
  overrides: AppOverrides = {},
): Promise<Replica> {
  const app = await createApp(readConfig({ ...env, LOG_LEVEL: 'silent' }), {
    clock,
    worksByHand: true,
    ...overrides,
  });
  const url = await app.listen();
  const client = (key?: string): Client => new Client(() => url, key);
  return {
    app,
    visitor: client(),
    admin: client(testSecrets.adminKey),
    service: client(testSecrets.serviceKey),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

/** Lets runs of several servers pass a point only when `count` of them have come to it; later ones pass. */
export function createBarrier(at: PipelinePoint, count: number): Points {
  const all = Promise.withResolvers<void>();
  let arrived = 0;
  return async (point, run) => {
    if (point === at) {
      arrived += 1;
      if (arrived === count) all.resolve();
      await all.promise;
    }
    return run();
  };
}
