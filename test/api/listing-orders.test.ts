import { expect, test } from 'vitest';
import { DAY, plus } from '../../src/time.js';
import { anAccount, seedAccounts } from '../support/accounts.js';
import { idsOf, listPage, walkList } from '../support/listing.js';
import { createTestApp } from '../support/test-app.js';

test('By time of the first connect, newest first is the default and oldest first its reverse.', async () => {
  await using moca = await createTestApp();
  const start = new Date('2026-01-01T00:00:00Z');
  const ids = ['1', '2', '3'];
  await seedAccounts(
    moca,
    ids.map((accountId, index) => anAccount({ accountId, connectedAt: plus(start, index) })).toReversed(),
  );
  expect(idsOf(await listPage(moca.admin))).toEqual(['3', '2', '1']);
  expect(idsOf(await listPage(moca.admin, { orderBy: 'NEWEST_FIRST' }))).toEqual(['3', '2', '1']);
  expect(idsOf(await listPage(moca.admin, { orderBy: 'OLDEST_FIRST' }))).toEqual(['1', '2', '3']);
});

test('A reconnect does not move an account in the order of the first connect.', async () => {
  await using moca = await createTestApp();
  const { accountId: first } = await moca.connect('page-token');
  moca.clock.advance(DAY);
  const { accountId: second } = await moca.connect('page-token#2');
  moca.clock.advance(DAY);
  await moca.connect('page-token');
  expect(idsOf(await listPage(moca.admin))).toEqual([second, first]);
});

test('Names are in byte order: capitals first, letters beyond ASCII and emoji last.', async () => {
  await using moca = await createTestApp();
  // UTF-16 would put U+FF5E after the emoji, and a dictionary would put Zoe after ann.
  const names = ['.dot', '0', 'Zoe', '_', 'ann', 'ann2', 'anna', 'zoe', 'é', '～', '🍫'];
  await seedAccounts(
    moca,
    names.toSorted().map((accountName) => anAccount({ accountName })),
  );
  const page = await listPage(moca.admin, { orderBy: 'NAME_ASC' });
  expect(page.edges.map(({ node }) => node.accountName)).toEqual(names);
});

test('By expiry, the soonest comes first, and tokens that never expire come last.', async () => {
  await using moca = await createTestApp();
  const now = moca.clock.now();
  const long = (accountId: string, days: number) =>
    anAccount({ accountId, tokenKind: 'LONG_LIVED', tokenExpiry: plus(now, days * DAY) });
  await seedAccounts(moca, [anAccount({ accountId: '0' }), long('5', 9), long('1', -400), long('3', 9_000)]);
  expect(idsOf(await listPage(moca.admin, { orderBy: 'EXPIRY_ASC' }))).toEqual(['1', '5', '3', '0']);
});

test('Equals are in the order of their ids, in the direction of the list.', async () => {
  await using moca = await createTestApp();
  const tokenExpiry = plus(moca.clock.now(), 9 * DAY);
  const ids = ['10', '100', '2', '20', '9'];
  await seedAccounts(
    moca,
    ['9', '2', '100', '20', '10'].map((accountId) =>
      anAccount({ accountId, accountName: 'twin', tokenKind: 'LONG_LIVED', tokenExpiry }),
    ),
  );
  for (const orderBy of ['OLDEST_FIRST', 'NAME_ASC', 'EXPIRY_ASC'] as const) {
    expect(await walkList(moca.admin, { size: 2, list: { orderBy } })).toEqual(ids);
  }
  expect(await walkList(moca.admin, { size: 2 })).toEqual(ids.toReversed());
});
