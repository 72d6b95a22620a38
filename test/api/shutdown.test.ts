import { expect, test } from 'vitest';
import { SECOND } from '../../src/time.js';
import { eventually } from '../support/eventually.js';
import { createGate } from '../support/gate.js';
import { attemptsOf, complete, refused } from '../support/outcome.js';
import { createTestApp } from '../support/test-app.js';

const PAGE_ACCOUNT = '17841405500000001';

test('A server that stops answers whoever waits with CONNECTION_PENDING, and the next one finishes the attempt at once.', async () => {
  const gate = createGate('meta.fb_exchange_token');
  await using moca = await createTestApp({ overrides: { points: gate.points } });
  const callback = await moca.consent('page-token');
  const waiting = refused(moca, callback);
  await gate.reached;
  const closing = moca.app.close();
  expect((await waiting).extensions).toMatchObject({ code: 'CONNECTION_PENDING', retryable: true });
  gate.open();
  await closing;
  // The call that was on its way came back; no other was begun.
  expect(moca.sandbox.ledger.count({ endpoint: 'me_accounts' })).toBe(0);

  // The clock stands still: the attempt was let go of, and its lease need not run out.
  await moca.restart({ points: (_point, run) => run() });
  await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'SAVED' }]));
  expect(await complete(moca, callback)).toEqual({ accountId: PAGE_ACCOUNT });
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);
});

test('A server that stops with an answer on its way writes the token down before it ends.', async () => {
  const gate = createGate('attempt.exchanged');
  await using moca = await createTestApp({ overrides: { points: gate.points } });
  const callback = await moca.consent('page-token');
  const waiting = refused(moca, callback);
  await gate.reached;
  const closing = moca.app.close();
  await waiting;
  gate.open();
  await closing;
  await moca.restart({ points: (_point, run) => run() });
  await eventually(async () => expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'SAVED' }]));
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);
});

test('A server that stops before it has sent the code does not take it for sent.', async () => {
  const gate = createGate('attempt.exchanging');
  await using moca = await createTestApp({ overrides: { points: gate.points } });
  const callback = await moca.consent('page-token');
  const waiting = refused(moca, callback);
  await gate.reached;
  const closing = moca.app.close();
  await waiting;
  gate.open();
  await closing;
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(0);

  // Its first sending is lost on the way: it is still worth a second one.
  moca.sandbox.faults.inject({ fault: 'reset', endpoint: 'code_exchange', times: 1 });
  await moca.restart({ points: (_point, run) => run() });
  await eventually(async () =>
    expect(await attemptsOf(moca)).toMatchObject([
      { outcome: 'OPEN', problem: { code: 'META_UNAVAILABLE' } },
    ]),
  );
  moca.clock.advance(30 * SECOND);
  expect(await complete(moca, callback)).toEqual({ accountId: PAGE_ACCOUNT });
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(2);
});

test('Closing twice is closing once.', async () => {
  await using moca = await createTestApp();
  await moca.connect('page-token');
  await Promise.all([moca.app.close(), moca.app.close()]);
  await moca.app.close();
  await moca.restart();
  expect(await attemptsOf(moca)).toMatchObject([{ outcome: 'SAVED' }]);
});
