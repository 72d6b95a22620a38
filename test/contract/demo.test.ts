import { expect, test } from 'vitest';
import {
  AuthUrlDocument,
  CompleteInstagramAuthDocument,
  InstagramAccountsDocument,
} from '../../src/generated/graphql.js';
import { createDemo, type Demo } from '../../src/sandbox/demo.js';
import { DAY, MINUTE, SECOND } from '../../src/time.js';
import { Client } from '../support/client.js';
import { send } from './visitor.js';

const options = { port: 0, sandboxPort: 0, flow: 'moca', logLevel: 'silent' };

async function moveClock({ sandbox }: Demo, ms: number): Promise<void> {
  await send('POST', `${sandbox.url}/sandbox/clock`, { advanceMs: String(ms) });
}

test("the demo's server goes by the sandbox's clock: tokens age with it, and Meta's callbacks are taken", async () => {
  await using demo = await createDemo(options);
  await moveClock(demo, DAY);
  const admin = new Client(() => demo.url, demo.adminKey);
  const { instagramAccounts } = await admin.send(InstagramAccountsDocument, {
    filter: { accountNameContains: 'moca_code_101' },
  });
  const left = instagramAccounts.edges[0]?.node.tokenStatus.expiresInSeconds;
  expect(left).toBeLessThanOrEqual((59 * DAY) / SECOND);
  for (const path of ['deauthorize', 'data-deletion']) {
    const { body } = await send('POST', `${demo.sandbox.url}/sandbox/${path}`, { persona: 'page-token' });
    expect(body.answers).toMatchObject([{ status: 200 }]);
  }
});

test('whoever is rate limited in the demo closes it for everybody, until the clock is moved', async () => {
  await using demo = await createDemo(options);
  const visitor = new Client(() => demo.url);
  const comeBack = async (persona: string) => {
    const { authUrl } = await visitor.send(AuthUrlDocument, {});
    const { searchParams } = await demo.sandbox.consent(authUrl, persona);
    return { code: searchParams.get('code') ?? '', state: searchParams.get('state') };
  };
  const callbacks = [await comeBack('rate-limited'), await comeBack('page-token#2')];
  for (const callback of callbacks) {
    const { extensions } = await visitor.fail(CompleteInstagramAuthDocument, callback);
    expect(extensions.code).toBe('META_RATE_LIMITED');
  }
  await moveClock(demo, 20 * MINUTE);
  for (const callback of callbacks) {
    const { completeInstagramAuth } = await visitor.send(CompleteInstagramAuthDocument, callback);
    expect(completeInstagramAuth.tokenStatus.state).toBe('ACTIVE');
  }
});
