import { expect, test } from 'vitest';
import {
  DeleteInstagramAccountDocument,
  DisconnectInstagramAccountDocument,
  InstagramAccountDocument,
  RefreshInstagramTokenDocument,
} from '../../src/generated/graphql.js';
import { DAY } from '../../src/time.js';
import { accountOf, attemptsOf } from '../support/outcome.js';
import {
  countRenewals,
  createProxiedApp,
  holdRenewals,
  REVOKED,
  type HeldRenewals,
  type ProxiedApp,
} from '../support/proxied-app.js';
import { eventsOf, tokenOf } from '../support/reconnecting.js';

/** Of `page-token` in the instagram flow. */
const ACCOUNT = '25410031000000007';

/** An app with an account whose token can be renewed, and a Meta that holds renewals up. */
async function createHeldApp(): Promise<ProxiedApp & HeldRenewals> {
  const moca = await createProxiedApp('instagram');
  await moca.connect('page-token');
  moca.clock.advance(DAY);
  return Object.assign(moca, holdRenewals(moca));
}

function refresh(moca: ProxiedApp) {
  return moca.admin.send(RefreshInstagramTokenDocument, { accountId: ACCOUNT });
}

/** As many requests again, sent later: what was sent before has arrived when these are answered. */
async function othersHaveArrived(moca: ProxiedApp): Promise<void> {
  await Promise.all(Array.from({ length: 20 }, () => attemptsOf(moca)));
}

test('Parallel renewals of one account are one call, and everybody gets its answer.', async () => {
  await using moca = await createHeldApp();
  const asked = Array.from({ length: 10 }, () => refresh(moca));
  await moca.arrived;
  await othersHaveArrived(moca);
  moca.release();
  const answers = await Promise.all(asked);
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(countRenewals(moca)).toBe(1);
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'renewed']);
});

test('Parallel renewals that fail are one call, and everybody hears the same.', async () => {
  await using moca = await createHeldApp();
  const asked = Array.from({ length: 10 }, () =>
    moca.admin.fail(RefreshInstagramTokenDocument, { accountId: ACCOUNT }),
  );
  await moca.arrived;
  await othersHaveArrived(moca);
  moca.release(REVOKED);
  const failures = await Promise.all(asked);
  expect(failures[0]?.extensions).toMatchObject({ code: 'REAUTHORIZATION_REQUIRED', meta: { code: 190 } });
  for (const failure of failures) expect(failure).toEqual(failures[0]);
  expect(countRenewals(moca)).toBe(1);
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'revoked']);
});

test('A reconnect during a renewal wins: the slow renewal never overwrites the newer token.', async () => {
  await using moca = await createHeldApp();
  const renewal = refresh(moca);
  await moca.arrived;
  await moca.connect('page-token');
  const newest = await tokenOf(moca, ACCOUNT);
  moca.release();
  expect((await renewal).refreshInstagramToken.tokenStatus).toMatchObject({
    state: 'ACTIVE',
    lastRefreshedAt: null,
  });
  // It succeeded, and came too late.
  expect(moca.sandbox.ledger.last({ endpoint: 'refresh_access_token' })?.granted).toMatch(/^IGAA/);
  expect(await tokenOf(moca, ACCOUNT)).toBe(newest);
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'reconnected']);
});

test('A renewal that fails after a reconnect is no news of the account.', async () => {
  await using moca = await createHeldApp();
  const renewal = refresh(moca);
  await moca.arrived;
  await moca.connect('page-token');
  const newest = await tokenOf(moca, ACCOUNT);
  moca.release(REVOKED);
  expect((await renewal).refreshInstagramToken.tokenStatus).toMatchObject({ state: 'ACTIVE', problem: null });
  expect(await tokenOf(moca, ACCOUNT)).toBe(newest);
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'reconnected']);
});

test('An account that is disconnected during a renewal stays disconnected.', async () => {
  await using moca = await createHeldApp();
  const renewal = refresh(moca);
  await moca.arrived;
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId: ACCOUNT });
  moca.release();
  expect((await renewal).refreshInstagramToken.tokenStatus.state).toBe('DISCONNECTED');
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected', 'disconnected']);
});

test.each([
  { how: 'succeeds', answer: undefined },
  { how: 'fails', answer: REVOKED },
])(
  'An account that is deleted during a renewal stays deleted when the renewal $how later.',
  async ({ answer }) => {
    await using moca = await createHeldApp();
    const renewal = moca.admin.fail(RefreshInstagramTokenDocument, { accountId: ACCOUNT });
    await moca.arrived;
    await moca.admin.send(DeleteInstagramAccountDocument, { accountId: ACCOUNT });
    moca.release(answer);
    expect((await renewal).extensions.code).toBe('NOT_FOUND');
    const { instagramAccount } = await moca.admin.send(InstagramAccountDocument, { accountId: ACCOUNT });
    expect(instagramAccount).toBeNull();
  },
);

test('An account that is deleted and connected anew during a renewal keeps its new token.', async () => {
  await using moca = await createHeldApp();
  const renewal = refresh(moca);
  await moca.arrived;
  await moca.admin.send(DeleteInstagramAccountDocument, { accountId: ACCOUNT });
  moca.clock.advance(1);
  await moca.connect('page-token');
  const newest = await tokenOf(moca, ACCOUNT);
  moca.release();
  await renewal;
  expect(await tokenOf(moca, ACCOUNT)).toBe(newest);
  expect((await accountOf(moca, ACCOUNT)).tokenStatus.lastRefreshedAt).toBeNull();
  expect(await eventsOf(moca, ACCOUNT)).toEqual(['connected']);
});
