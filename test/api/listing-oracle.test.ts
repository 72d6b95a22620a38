import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Database } from '../../src/database/database.js';
import {
  CountInstagramAccountsDocument,
  type InstagramAccountFilter,
  type InstagramAccountOrder,
} from '../../src/generated/graphql.js';
import { DAY, plus } from '../../src/time.js';
import { tokenEnds, tokenStates } from '../../src/tokens/token-state.js';
import { tokenKinds } from '../../src/tokens/token-kind.js';
import { wholeList } from '../support/account-oracle.js';
import { insertAccounts, removeAccounts, type AccountFacts } from '../support/accounts.js';
import { idsOf, listPage, walkList, type AccountPage } from '../support/listing.js';
import { openAt } from '../support/databases.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const now = new Date('2026-11-22T10:20:30.400Z');

/** Few values, close together: equals and boundaries are what goes wrong. */
const offsetMs = fc.oneof(
  fc.constantFrom(-1, 0, 1, 7 * DAY - 1, 7 * DAY, 7 * DAY + 1),
  fc.integer({ min: -400 * DAY, max: 400 * DAY }),
);
const nameText = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'B', '_', '%', '\\', '.', 'é', '🍫', "'"), maxLength: 4 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => text.toLowerCase()),
);

const account: fc.Arbitrary<AccountFacts> = fc.record({
  accountId: fc.stringMatching(/^[0-9a-zA-Zé]{1,3}$/),
  accountName: nameText,
  tokenKind: fc.constantFrom(...tokenKinds),
  tokenExpiry: fc.option(offsetMs.map((ms) => plus(now, ms))),
  tokenEnd: fc.option(fc.constantFrom(...tokenEnds), { freq: 2 }),
  connectedAt: fc.integer({ min: -3, max: 0 }).map((seconds) => plus(now, seconds * 1000)),
});
const accounts = fc.uniqueArray(account, { selector: ({ accountId }) => accountId, maxLength: 25 });

const filter: fc.Arbitrary<InstagramAccountFilter> = fc.record(
  {
    state: fc.option(fc.subarray([...tokenStates])),
    kind: fc.option(fc.subarray([...tokenKinds])),
    accountNameContains: fc.option(
      nameText.map((text) => text.slice(0, 2)).filter((text) => text.isWellFormed()),
    ),
    expiresBefore: fc.option(offsetMs.map((ms) => plus(now, ms).toISOString())),
    needsReauthorization: fc.option(fc.boolean()),
  },
  { requiredKeys: [] },
);

const query = fc.record({
  filter: fc.option(filter),
  orderBy: fc.constantFrom<InstagramAccountOrder>('NEWEST_FIRST', 'OLDEST_FIRST', 'NAME_ASC', 'EXPIRY_ASC'),
  size: fc.integer({ min: 1, max: 30 }),
  backward: fc.boolean(),
});

async function refill(database: Database, rows: readonly AccountFacts[]): Promise<void> {
  await removeAccounts(database, 'all');
  await insertAccounts(database, rows);
}

async function countOf(moca: TestApp, wanted: InstagramAccountFilter | null): Promise<number> {
  const { instagramAccounts } = await moca.admin.send(CountInstagramAccountsDocument, { filter: wanted });
  return instagramAccounts.totalCount;
}

test('For any accounts, filter, order and page size, a walk gives what a sorted list in memory does.', async () => {
  await using moca = await createTestApp();
  moca.clock.set(now);
  await using database = await openAt(moca.databaseUrl);
  await fc.assert(
    fc.asyncProperty(accounts, query, async (rows, { size, backward, ...list }) => {
      await refill(database, rows);
      const expected = wholeList(rows, list, now).map(({ accountId }) => accountId);
      expect(await walkList(moca.admin, { size, backward, list })).toEqual(expected);
      expect(await countOf(moca, list.filter)).toBe(expected.length);
    }),
    { numRuns: 150 },
  );
});

test('For any two cursors, a page holds what lies between them and says truly what is around it.', async () => {
  await using moca = await createTestApp();
  moca.clock.set(now);
  await using database = await openAt(moca.databaseUrl);
  const place = fc.option(fc.nat({ max: 24 }));
  // Some accounts go after the cursors were read, the cursors' own among them.
  const leaves = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 25, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(accounts, query, place, place, leaves, async (rows, look, from, to, leaving) => {
      const { size, backward, ...list } = look;
      await refill(database, rows);
      const all = wholeList(rows, list, now).map(({ accountId }) => accountId);
      const everything = await listPage(moca.admin, { ...list, first: 100 });
      expect(idsOf(everything)).toEqual(all);
      const after = cursorAt(everything, from);
      const before = cursorAt(everything, to);
      const gone = all.filter((_, index) => leaving[index] === 0);
      await removeAccounts(database, gone);
      const window = backward ? { last: size } : { first: size };
      const page = await listPage(moca.admin, { ...list, ...window, after, before });

      const start = after === null ? -1 : (from ?? 0);
      const end = before === null ? all.length : (to ?? 0);
      const there = (isWanted: (index: number) => boolean): string[] =>
        all.filter((id, index) => isWanted(index) && !gone.includes(id));
      const between = there((index) => start < index && index < end);
      expect(idsOf(page)).toEqual(backward ? between.slice(-size) : between.slice(0, size));
      // Relay's definition: what the size cut off, and what lies beyond the cursor that the page began at.
      const cutOff = between.length > size;
      expect(page.pageInfo).toEqual({
        hasNextPage: backward ? there((index) => index >= end).length > 0 : cutOff,
        hasPreviousPage: backward ? cutOff : there((index) => index <= start).length > 0,
        startCursor: page.edges[0]?.cursor ?? null,
        endCursor: page.edges.at(-1)?.cursor ?? null,
      });
    }),
    { numRuns: 120 },
  );
});

function cursorAt({ edges }: AccountPage, place: number | null): string | null {
  return place === null ? null : (edges[place]?.cursor ?? null);
}
