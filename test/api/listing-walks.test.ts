import { expect, test } from 'vitest';
import type { InstagramAccountOrder } from '../../src/generated/graphql.js';
import { DAY, plus } from '../../src/time.js';
import { wholeList } from '../support/account-oracle.js';
import {
  anAccount,
  insertAccounts,
  removeAccounts,
  seedAccounts,
  type AccountFacts,
} from '../support/accounts.js';
import { idsOf, walkList } from '../support/listing.js';
import { openAt } from '../support/databases.js';
import { createTestApp } from '../support/test-app.js';

const orders: readonly InstagramAccountOrder[] = ['NEWEST_FIRST', 'OLDEST_FIRST', 'NAME_ASC', 'EXPIRY_ASC'];

/** Accounts with many equals in every order, and with a few tokens that never expire. */
function manyAccounts(count: number, now: Date): AccountFacts[] {
  return Array.from({ length: count }, (_, index) => {
    const never = index % 5 === 0;
    return anAccount({
      accountName: `name_${index % 7}`,
      connectedAt: plus(now, -(index % 4) * DAY),
      tokenKind: never ? 'PAGE' : 'LONG_LIVED',
      tokenExpiry: never ? null : plus(now, (index % 3) * DAY),
    });
  });
}

test('A walk in any order, in either direction and with any page size, meets every account exactly once.', async () => {
  await using moca = await createTestApp();
  const now = moca.clock.now();
  const accounts = manyAccounts(43, now);
  await seedAccounts(moca, accounts);
  for (const orderBy of orders) {
    const all = wholeList(accounts, { orderBy }, now).map(({ accountId }) => accountId);
    for (const size of [1, 7, 42, 43, 100]) {
      expect(await walkList(moca.admin, { size, list: { orderBy } })).toEqual(all);
      expect(await walkList(moca.admin, { size, list: { orderBy }, backward: true })).toEqual(all);
    }
  }
});

test('A walk through a filtered list meets exactly what matches.', async () => {
  await using moca = await createTestApp();
  const now = moca.clock.now();
  const accounts = manyAccounts(43, now);
  await seedAccounts(moca, accounts);
  const filter = { kind: ['LONG_LIVED' as const], accountNameContains: '_3' };
  for (const orderBy of orders) {
    const all = wholeList(accounts, { orderBy, filter }, now).map(({ accountId }) => accountId);
    expect(all.length).toBeGreaterThan(3);
    expect(await walkList(moca.admin, { size: 2, list: { orderBy, filter } })).toEqual(all);
    expect(await walkList(moca.admin, { size: 2, list: { orderBy, filter }, backward: true })).toEqual(all);
  }
});

test.each(orders)(
  'In %s, accounts that come and go during a walk neither hide nor repeat those that stay.',
  async (orderBy) => {
    await using moca = await createTestApp();
    await using database = await openAt(moca.databaseUrl);
    const now = moca.clock.now();
    for (const backward of [false, true]) {
      await removeAccounts(database, 'all');
      const staying = manyAccounts(20, now);
      const leaving = manyAccounts(20, now);
      await insertAccounts(database, [...staying, ...leaving]);
      const leavingIds = new Set(leaving.map(({ accountId }) => accountId));
      const seen = await walkList(moca.admin, {
        size: 3,
        backward,
        list: { orderBy },
        between: async (page) => {
          // Among the leavers are the very rows that the next cursor stands on.
          const onPage = idsOf(page).filter((id) => leavingIds.has(id));
          const anyOther = leaving.pop();
          await removeAccounts(database, anyOther === undefined ? onPage : [...onPage, anyOther.accountId]);
          await insertAccounts(database, manyAccounts(2, now));
        },
      });
      const stayed = new Set(staying.map(({ accountId }) => accountId));
      const expected = wholeList(staying, { orderBy }, now).map(({ accountId }) => accountId);
      expect(seen.filter((id) => stayed.has(id))).toEqual(expected);
      expect(new Set(seen).size).toBe(seen.length);
    }
  },
);

test('A cursor whose account is gone still stands in its place.', async () => {
  await using moca = await createTestApp();
  const accounts = ['a', 'b', 'c', 'd'].map((accountId) => anAccount({ accountId, accountName: accountId }));
  await seedAccounts(moca, accounts);
  await using database = await openAt(moca.databaseUrl);
  const seen = await walkList(moca.admin, {
    size: 2,
    list: { orderBy: 'NAME_ASC' },
    between: () => removeAccounts(database, ['a', 'b']),
  });
  expect(seen).toEqual(['a', 'b', 'c', 'd']);
});
