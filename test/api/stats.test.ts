import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InstagramAccountStatsDocument } from '../../src/generated/graphql.js';
import { DAY, HOUR, plus, SECOND } from '../../src/time.js';
import { tokenEnds, tokenStates } from '../../src/tokens/token-state.js';
import { tokenKinds } from '../../src/tokens/token-kind.js';
import { stateOf } from '../support/account-oracle.js';
import { anAccount, insertAccounts, removeAccounts, seedAccounts } from '../support/accounts.js';
import { openAt } from '../support/databases.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** Around now, around a week from now, and around the ends of days. */
const offsetMs = fc.oneof(
  fc.constantFrom(-1, 0, 1, 7 * DAY - 1, 7 * DAY, 7 * DAY + 1),
  fc.integer({ min: -30 * DAY, max: 30 * DAY }),
);

async function stats(moca: TestApp, days = 60) {
  return (await moca.admin.send(InstagramAccountStatsDocument, { days })).instagramAccountStats;
}

test('Without accounts every state, kind and day is listed with 0.', async () => {
  await using moca = await createTestApp();
  const { total, byState, byKind, expiryForecast } = await stats(moca);
  expect(total).toBe(0);
  expect(byState).toEqual(tokenStates.map((state) => ({ state, count: 0 })));
  expect(byKind).toEqual(tokenKinds.map((kind) => ({ kind, count: 0 })));
  expect(expiryForecast).toHaveLength(60);
  expect(expiryForecast.every(({ count }) => count === 0)).toBe(true);
});

test('For any accounts, the counts by state and by kind and the forecast are right.', async () => {
  await using moca = await createTestApp();
  await using database = await openAt(moca.databaseUrl);
  const facts = fc.record({
    tokenKind: fc.constantFrom(...tokenKinds),
    expiresInMs: fc.option(offsetMs),
    tokenEnd: fc.option(fc.constantFrom(...tokenEnds), { freq: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(facts, { maxLength: 30 }), async (all) => {
      // Past what was counted of the last ones.
      moca.clock.advance(10 * SECOND);
      const now = moca.clock.now();
      const accounts = all.map(({ expiresInMs, ...one }, index) => {
        const tokenExpiry = expiresInMs === null ? null : plus(now, expiresInMs);
        return anAccount({ ...one, tokenExpiry, accountId: `${index}` });
      });
      await removeAccounts(database, 'all');
      await insertAccounts(database, accounts);
      const { total, byState, byKind, expiryForecast } = await stats(moca, 20);
      expect(total).toBe(accounts.length);
      const states = accounts.map((account) => stateOf(account, now));
      expect(byState).toEqual(
        tokenStates.map((state) => ({ state, count: states.filter((one) => one === state).length })),
      );
      expect(byKind).toEqual(
        tokenKinds.map((kind) => ({ kind, count: accounts.filter((one) => one.tokenKind === kind).length })),
      );
      const days = accounts
        .filter((account) => ['ACTIVE', 'EXPIRING_SOON'].includes(stateOf(account, now)))
        .map(({ tokenExpiry }) => tokenExpiry?.toISOString().slice(0, 10));
      expect(expiryForecast).toEqual(
        Array.from({ length: 20 }, (_, index) => {
          const date = plus(now, index * DAY)
            .toISOString()
            .slice(0, 10);
          return { date, count: days.filter((day) => day === date).length };
        }),
      );
    }),
    { numRuns: 40 },
  );
});

test('The forecast counts by days of UTC, today first, and only what has still to expire.', async () => {
  await using moca = await createTestApp();
  const midnight = new Date('2026-12-01T00:00:00.000Z');
  moca.clock.set(plus(midnight, 15 * HOUR));
  const at = (ms: number, more: object = {}) =>
    anAccount({ tokenKind: 'LONG_LIVED', tokenExpiry: plus(midnight, ms), ...more });
  await seedAccounts(moca, [
    at(15 * HOUR), // over, at this very moment
    at(9 * HOUR), // over since this morning
    at(15 * HOUR + 1),
    at(DAY - 1),
    at(DAY),
    at(DAY + 1, { tokenKind: 'SHORT_LIVED' }),
    at(2 * DAY, { tokenEnd: 'REVOKED' }),
    at(2 * DAY, { tokenEnd: 'DISCONNECTED' }),
    at(2 * DAY, { tokenEnd: 'EXPIRED' }),
    at(3 * DAY - 1),
    at(3 * DAY),
    anAccount(),
  ]);
  expect((await stats(moca, 3)).expiryForecast).toEqual([
    { date: '2026-12-01', count: 2 },
    { date: '2026-12-02', count: 2 },
    { date: '2026-12-03', count: 1 },
  ]);
  expect((await stats(moca, 1)).expiryForecast).toEqual([{ date: '2026-12-01', count: 2 }]);
});

test('The forecast goes over the ends of months and years, and covers up to 366 days.', async () => {
  await using moca = await createTestApp();
  moca.clock.set(new Date('2027-12-31T23:59:59.999Z'));
  await seedAccounts(moca, [anAccount({ tokenExpiry: new Date('2028-02-29T12:00:00Z') })]);
  const { expiryForecast } = await stats(moca, 366);
  expect(expiryForecast).toHaveLength(366);
  expect(expiryForecast[0]?.date).toBe('2027-12-31');
  expect(expiryForecast[1]?.date).toBe('2028-01-01');
  expect(expiryForecast.at(-1)?.date).toBe('2028-12-30');
  expect(expiryForecast.filter(({ count }) => count > 0)).toEqual([{ date: '2028-02-29', count: 1 }]);
});

test('A forecast of fewer than 1 or more than 366 days is refused.', async () => {
  await using moca = await createTestApp();
  for (const days of [0, -1, 367, 2_147_483_647]) {
    const { extensions, message } = await moca.admin.fail(InstagramAccountStatsDocument, { days });
    expect(extensions.code).toBe('BAD_USER_INPUT');
    expect(message).toContain('days');
  }
});

test('The forecast covers 60 days when nothing is said.', async () => {
  await using moca = await createTestApp();
  const { instagramAccountStats } = await moca.admin.raw<{
    instagramAccountStats: { expiryForecast: object[] };
  }>('{ instagramAccountStats { expiryForecast { date } } }');
  expect(instagramAccountStats.expiryForecast).toHaveLength(60);
});

test('For ten seconds figures stay as they are, one by one, whatever happens meanwhile; then they are counted anew.', async () => {
  await using moca = await createTestApp();
  moca.clock.set(new Date('2026-12-01T12:00:00Z'));
  const ask = async (fields: string): Promise<unknown> =>
    (await moca.admin.raw<{ instagramAccountStats: unknown }>(`{ instagramAccountStats { ${fields} } }`))
      .instagramAccountStats;
  const today = 'expiryForecast(days: 1) { count }';
  expect(await ask(`total ${today}`)).toEqual({ total: 0, expiryForecast: [{ count: 0 }] });
  await seedAccounts(moca, [
    anAccount({ tokenKind: 'LONG_LIVED', tokenExpiry: new Date('2026-12-01T18:00:00Z') }),
  ]);
  moca.clock.advance(10 * SECOND - 1);
  expect(await ask(`total ${today} byKind { count }`)).toEqual({
    total: 0,
    expiryForecast: [{ count: 0 }],
    // Nobody has asked for these yet.
    byKind: tokenKinds.map((kind) => ({ count: kind === 'LONG_LIVED' ? 1 : 0 })),
  });
  moca.clock.advance(1);
  expect(await ask(`total ${today}`)).toEqual({ total: 1, expiryForecast: [{ count: 1 }] });
});
