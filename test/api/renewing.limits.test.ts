import { expect, test } from 'vitest';
import { RefreshInstagramTokenDocument, RenewalStatusDocument } from '../../src/generated/graphql.js';
import { DAY, HOUR, MINUTE, plus } from '../../src/time.js';
import { accountOf, callCounts } from '../support/outcome.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const FORTY_DAYS_MS = 40 * DAY;

async function limitsOf(moca: TestApp) {
  return (await moca.admin.send(RenewalStatusDocument, {})).renewalStatus.limits;
}

async function renewed(moca: TestApp, accountIds: readonly string[]): Promise<boolean[]> {
  return Promise.all(
    accountIds.map(async (id) => (await accountOf(moca, id)).tokenStatus.lastRefreshedAt !== null),
  );
}

async function connectTwo(moca: TestApp): Promise<[string, string]> {
  const one = await moca.connect('page-token');
  const other = await moca.connect('page-token#2');
  return [one.accountId, other.accountId];
}

test('At 95 % of the calls of an app nothing runs in the background, but whoever asks is served.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const [one, other] = await connectTwo(moca);
  moca.clock.advance(FORTY_DAYS_MS);
  moca.sandbox.setUsage({ app: 95 });
  await moca.admin.send(RefreshInstagramTokenDocument, { accountId: one });
  expect(await limitsOf(moca)).toMatchObject([
    { scope: 'app:instagram', blocksAll: false, until: plus(moca.clock.now(), 5 * MINUTE).toISOString() },
  ]);
  moca.sandbox.ledger.clear();
  await moca.app.work();
  expect(callCounts(moca.sandbox)).toEqual({});
  expect(await renewed(moca, [one, other])).toEqual([true, false]);

  moca.sandbox.setUsage({ app: 94 });
  moca.clock.advance(5 * MINUTE);
  await moca.app.work();
  expect(await renewed(moca, [one, other])).toEqual([true, true]);
  expect(await limitsOf(moca)).toEqual([]);
});

test('A limit of the Instagram app leaves the pages of the Facebook app alone.', async () => {
  await using moca = await createTestApp();
  const { accountId: page } = await moca.connect('page-token');
  const { accountId: long } = await moca.connect('code-101');
  moca.clock.advance(FORTY_DAYS_MS);
  moca.sandbox.faults.inject({ fault: 'rate_app', endpoint: 'refresh_access_token', minutes: 60 });
  await moca.app.work();
  expect(await renewed(moca, [page, long])).toEqual([true, false]);
});

test('The minutes that Meta names for one account hold for everybody who would renew it, and for no other.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const [one, other] = await connectTwo(moca);
  moca.clock.advance(FORTY_DAYS_MS);
  const fault = { fault: 'rate_instagram', minutes: 19, endpoint: 'refresh_access_token' } as const;
  moca.sandbox.faults.inject({ ...fault, persona: 'page-token#2' });
  await moca.app.work();
  expect(await renewed(moca, [one, other])).toEqual([true, false]);
  moca.sandbox.faults.clear();
  moca.sandbox.ledger.clear();
  moca.clock.advance(19 * MINUTE - 1_000);
  const refusal = await moca.admin.fail(RefreshInstagramTokenDocument, { accountId: other });
  expect(refusal.extensions).toMatchObject({
    code: 'META_RATE_LIMITED',
    retryable: true,
    retryAfterSeconds: 1,
  });
  await moca.app.work();
  expect(callCounts(moca.sandbox)).toEqual({});
  moca.clock.advance(1_000);
  await moca.app.work();
  expect(await renewed(moca, [one, other])).toEqual([true, true]);
});

test('What an answer tells of a business in its headers is obeyed without any refusal.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const [one, other] = await connectTwo(moca);
  const { professionalAccountId } = await accountOf(moca, other);
  moca.clock.advance(FORTY_DAYS_MS);
  moca.sandbox.setUsage({ business: { id: professionalAccountId ?? '', percent: 100, regainMinutes: 45 } });
  await moca.admin.send(RefreshInstagramTokenDocument, { accountId: one });
  moca.sandbox.setUsage({});
  expect(await limitsOf(moca)).toMatchObject([
    { scope: `business:${professionalAccountId}`, blocksAll: true },
  ]);
  const refusal = await moca.admin.fail(RefreshInstagramTokenDocument, { accountId: other });
  expect(refusal.extensions).toMatchObject({ code: 'META_RATE_LIMITED', retryAfterSeconds: 45 * 60 });
  await moca.app.work();
  const { tokenStatus } = await accountOf(moca, other);
  expect(tokenStatus).toMatchObject({
    lastRefreshedAt: null,
    nextRefreshAt: plus(moca.clock.now(), 45 * MINUTE).toISOString(),
    problem: null,
  });
});

test('A limit outlives the server that met it, and another server on the same database obeys it.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const [one, other] = await connectTwo(moca);
  moca.clock.advance(FORTY_DAYS_MS);
  moca.sandbox.faults.inject({ fault: 'rate_app', endpoint: 'refresh_access_token', minutes: 120 });
  await moca.admin.fail(RefreshInstagramTokenDocument, { accountId: one });
  moca.sandbox.faults.clear();
  await moca.restart();
  moca.sandbox.ledger.clear();
  moca.clock.advance(2 * HOUR - 1);
  await moca.app.work();
  expect(
    (await moca.admin.fail(RefreshInstagramTokenDocument, { accountId: other })).extensions,
  ).toMatchObject({
    code: 'META_RATE_LIMITED',
    retryAfterSeconds: 1,
  });
  expect(callCounts(moca.sandbox)).toEqual({});
  moca.clock.advance(1);
  await moca.app.work();
  expect(await renewed(moca, [one, other])).toEqual([true, true]);
});

test('A shorter limit does not shorten a longer one.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const [one] = await connectTwo(moca);
  moca.clock.advance(FORTY_DAYS_MS);
  for (const app of [95, 99]) {
    moca.sandbox.setUsage({ app });
    await moca.admin.send(RefreshInstagramTokenDocument, { accountId: one }).catch(() => undefined);
  }
  moca.sandbox.setUsage({ business: { id: '1784', percent: 100, regainMinutes: 90 } });
  const { accountId } = await moca.connect('page-token#3');
  moca.sandbox.setUsage({ business: { id: '1784', percent: 100, regainMinutes: 5 } });
  moca.clock.advance(DAY);
  const before = await limitsOf(moca);
  await moca.admin.send(RefreshInstagramTokenDocument, { accountId });
  expect(before).toEqual([]);
  expect((await limitsOf(moca)).map(({ until }) => until)).toEqual([
    plus(moca.clock.now(), 5 * MINUTE).toISOString(),
  ]);
  moca.sandbox.setUsage({ business: { id: '1784', percent: 100, regainMinutes: 1 } });
  await moca.connect('page-token#4');
  expect((await limitsOf(moca)).map(({ until }) => until)).toEqual([
    plus(moca.clock.now(), 5 * MINUTE).toISOString(),
  ]);
});
