import { expect, test } from 'vitest';
import { CompleteInstagramAuthDocument } from '../../src/generated/graphql.js';
import { Client } from '../support/client.js';
import { attemptsOf, callCounts } from '../support/outcome.js';
import { startServerProcess } from '../support/server-process.js';
import { createTestApp, testEnvironment, type Callback } from '../support/test-app.js';

const FAILING = ['no-page', 'declined-basic', 'used-code'];

test('Twenty parallel calls with one code get twenty equal accounts for one exchange.', async () => {
  await using moca = await createTestApp();
  const callback = await moca.consent('page-token');
  const answers = await Promise.all(Array.from({ length: 20 }, () => answerOf(moca.visitor, callback)));
  expect(answers[0]).toMatchObject({ completeInstagramAuth: { accountId: '17841405500000001' } });
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(callCounts(moca.sandbox)).toEqual({
    code_exchange: 1,
    fb_exchange_token: 1,
    me_accounts: 1,
    fb_me: 1,
    page_profile: 1,
  });
  expect(await attemptsOf(moca)).toHaveLength(1);
});

test.each(FAILING)(
  'Twenty parallel calls of %s get twenty equal errors for one exchange.',
  async (persona) => {
    await using moca = await createTestApp();
    const callback = await moca.consent(persona);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => moca.visitor.fail(CompleteInstagramAuthDocument, callback)),
    );
    expect(answers[0]?.extensions.code).toMatch(/^(PAGE_NOT_LINKED|MISSING_PERMISSION|CODE_INVALID)$/);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);
  },
);

test('Of twenty parallel calls those that bring another verifier are told nothing.', async () => {
  await using moca = await createTestApp();
  const callback = await moca.consent('page-token');
  const thief = { ...callback, verifier: `${callback.verifier}x` };
  const [owners, thieves] = await Promise.all([
    Promise.all(Array.from({ length: 10 }, () => answerOf(moca.visitor, callback))),
    Promise.all(Array.from({ length: 10 }, () => moca.visitor.fail(CompleteInstagramAuthDocument, thief))),
  ]);
  for (const answer of owners) expect(answer).toEqual(owners[0]);
  for (const { extensions } of thieves) expect(extensions.code).toBe('STATE_INVALID');
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);
});

test('Twenty parallel calls at two processes with one database get twenty equal answers for one exchange.', async () => {
  // The app brings sandbox, database and consent; the calls go to two processes beside it.
  await using moca = await createTestApp({ sandbox: { slowMs: 300 } });
  const env = testEnvironment(moca.sandbox, moca.databaseUrl);
  await using one = await startServerProcess(env);
  await using other = await startServerProcess(env);
  const clients = [one, other].map(({ url }) => new Client(() => url));
  const everywhere = <T>(ask: (client: Client) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: 10 }, () => clients.map(ask)).flat());

  const connecting = await moca.consent('slow');
  const accounts = await everywhere((client) => answerOf(client, connecting));
  expect(accounts).toHaveLength(20);
  expect(accounts[0]).toMatchObject({ completeInstagramAuth: { accountName: 'moca_slow' } });
  for (const account of accounts) expect(account).toEqual(accounts[0]);
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);

  for (const persona of FAILING) {
    moca.sandbox.ledger.clear();
    const failing = await moca.consent(persona);
    const errors = await everywhere((client) => client.fail(CompleteInstagramAuthDocument, failing));
    for (const error of errors) expect(error).toEqual(errors[0]);
    expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);
  }
  expect(await attemptsOf(moca)).toHaveLength(1 + FAILING.length);
});

test('A process that is told to stop in the middle of a connection leaves it to the other one.', async () => {
  await using moca = await createTestApp({ env: { WORKER: 'off' } });
  const env = testEnvironment(moca.sandbox, moca.databaseUrl);
  await using one = await startServerProcess(env);
  await using other = await startServerProcess(env);
  moca.sandbox.faults.inject({ fault: 'delay', endpoint: 'fb_exchange_token', times: 1, delayMs: 1_000 });
  const callback = await moca.consent('page-token');
  const asked = new Client(() => one.url).fail(CompleteInstagramAuthDocument, callback);
  await moca.sandbox.ledger.waitFor({ endpoint: 'fb_exchange_token' });
  one.child.kill('SIGTERM');
  expect((await asked).extensions.code).toBe('CONNECTION_PENDING');
  expect(await one.ended).toBe(0);
  expect(await answerOf(new Client(() => other.url), callback)).toMatchObject({
    completeInstagramAuth: { accountId: '17841405500000001' },
  });
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);
});

/** The whole answer, as the page gets it. */
function answerOf(client: Client, callback: Callback): Promise<object> {
  return client.send(CompleteInstagramAuthDocument, callback);
}
