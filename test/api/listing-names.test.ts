import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import type { Database } from '../../src/database/database.js';
import { CountInstagramAccountsDocument, type InstagramAccountFilter } from '../../src/generated/graphql.js';
import { anAccount, insertAccounts, removeAccounts, seedAccounts } from '../support/accounts.js';
import { openAt } from '../support/databases.js';
import { idsOf, listPage, walkList } from '../support/listing.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** Few letters, so that texts are met, and whatever has a meaning to LIKE, to a full-text query or to trigrams. */
const letters = [
  'a',
  'b',
  'c',
  'B',
  '1',
  '_',
  '.',
  '-',
  '%',
  '\\',
  '"',
  "'",
  '*',
  ' ',
  'é',
  'ß',
  '日',
  '🍫',
  '�',
];
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '_'), maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...letters), maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.toLowerCase()),
);
const names = fc.array(name, { maxLength: 20 });

/** A text out of one of the names, or any other. */
const text = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.nat({ max: 19 }), fc.nat({ max: 8 }), fc.integer({ min: 2, max: 9 })) },
  { weight: 1, arbitrary: name },
);

function textOf(all: readonly string[], wanted: string | [number, number, number]): string {
  if (typeof wanted === 'string') return wanted;
  const [which, from, length] = wanted;
  return Array.from(all[which % Math.max(all.length, 1)] ?? 'abc')
    .slice(from, from + length)
    .join('');
}

/** As the server says it: the text without capital letters, and a name without those of ASCII, as usernames are. */
function contains(accountName: string, part: string): boolean {
  return accountName.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()).includes(part.toLowerCase());
}

/** The ids of the accounts that are found, by both a page that has room for all and a walk by pages that have none. */
async function found(moca: TestApp, filter: InstagramAccountFilter): Promise<string[]> {
  const ids = idsOf(await listPage(moca.admin, { first: 100, orderBy: 'NAME_ASC', filter }));
  expect(await walkList(moca.admin, { size: 1, list: { orderBy: 'NAME_ASC', filter } })).toEqual(ids);
  const { instagramAccounts } = await moca.admin.send(CountInstagramAccountsDocument, { filter });
  expect(instagramAccounts.totalCount).toBe(ids.length);
  return ids.toSorted();
}

async function rename(database: Database, accountId: string, accountName: string): Promise<void> {
  await database.em().nativeUpdate(InstagramAccount, { accountId }, { accountName });
}

test('For any names and text, those are found that contain it, as it stands.', async () => {
  await using moca = await createTestApp();
  await using database = await openAt(moca.databaseUrl);
  await fc.assert(
    fc.asyncProperty(names, text, async (all, wanted) => {
      await removeAccounts(database, 'all');
      const accounts = all.map((accountName, index) => anAccount({ accountId: `${index}`, accountName }));
      await insertAccounts(database, accounts);
      const part = textOf(all, wanted);
      fc.pre(part.isWellFormed());
      const expected = accounts.filter(({ accountName }) => contains(accountName, part));
      expect(await found(moca, { accountNameContains: part })).toEqual(
        expected.map(({ accountId }) => accountId).toSorted(),
      );
    }),
    { numRuns: 150 },
  );
});

test('Accounts are found by the names that they have now, whoever came, went or was renamed.', async () => {
  await using moca = await createTestApp();
  await using database = await openAt(moca.databaseUrl);
  const ids = ['0', '1', '2', '3', '4'];
  const change = fc.record({
    accountId: fc.constantFrom(...ids),
    accountName: fc.constantFrom('moca_roma', 'moca_zurich', 'roma', 'amor', 'zuri'),
    leaves: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 20 }), async (changes) => {
      await removeAccounts(database, 'all');
      const current = new Map<string, string>();
      for (const { accountId, accountName, leaves } of changes) {
        if (leaves) await removeAccounts(database, [accountId]);
        else if (current.has(accountId)) await rename(database, accountId, accountName);
        else await insertAccounts(database, [anAccount({ accountId, accountName })]);
        if (leaves) current.delete(accountId);
        else current.set(accountId, accountName);
      }
      for (const part of ['rom', 'moca', 'a_z', 'amo']) {
        const expected = ids.filter((accountId) => current.get(accountId)?.includes(part));
        expect(await found(moca, { accountNameContains: part })).toEqual(expected);
      }
    }),
    { numRuns: 30 },
  );
});

test('A name is looked for among those that the other conditions leave, and the other way round.', async () => {
  await using moca = await createTestApp();
  await seedAccounts(moca, [
    anAccount({ accountId: '1', accountName: 'roma_caffe', tokenEnd: 'REVOKED' }),
    anAccount({ accountId: '2', accountName: 'roma_bar' }),
    anAccount({ accountId: '3', accountName: 'zurich_caffe', tokenEnd: 'REVOKED' }),
    anAccount({ accountId: '4', accountName: 'roma_te', tokenKind: 'LONG_LIVED', tokenExpiry: new Date(1) }),
  ]);
  expect(await found(moca, { accountNameContains: 'roma', needsReauthorization: true })).toEqual(['1', '4']);
  expect(await found(moca, { accountNameContains: 'caffe', state: ['REVOKED'] })).toEqual(['1', '3']);
  expect(await found(moca, { accountNameContains: 'caffe', state: ['ACTIVE'] })).toEqual([]);
  expect(await found(moca, { accountNameContains: 'roma', kind: ['PAGE'] })).toEqual(['1', '2']);
  expect(
    await found(moca, { accountNameContains: 'roma', expiresBefore: moca.clock.now().toISOString() }),
  ).toEqual(['4']);
});
