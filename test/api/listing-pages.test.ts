import { expect, test } from 'vitest';
import { anAccount, removeAccounts, seedAccounts } from '../support/accounts.js';
import { idsOf, listPage } from '../support/listing.js';
import { openAt } from '../support/databases.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const oldestFirst = { orderBy: 'OLDEST_FIRST' } as const;

/** Accounts `001`, `002`, … in the order of their first connect. */
async function seedNumbered(moca: TestApp, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => String(index + 1).padStart(3, '0'));
  await seedAccounts(
    moca,
    ids.map((accountId) => anAccount({ accountId })),
  );
  return ids;
}

test('A list without accounts is a page without edges and cursors.', async () => {
  await using moca = await createTestApp();
  expect(await listPage(moca.admin)).toEqual({
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  });
});

test('A page has 20 accounts unless another size is asked for, and at most 100.', async () => {
  await using moca = await createTestApp();
  const ids = await seedNumbered(moca, 130);
  const sizeOf = async (variables: object): Promise<number> =>
    (await listPage(moca.admin, { ...oldestFirst, ...variables })).edges.length;
  expect(await sizeOf({})).toBe(20);
  expect(await sizeOf({ first: null })).toBe(20);
  expect(await sizeOf({ first: 1 })).toBe(1);
  expect(await sizeOf({ first: 100 })).toBe(100);
  const last = await listPage(moca.admin, { ...oldestFirst, last: 100 });
  expect(idsOf(last)).toEqual(ids.slice(30));
});

test('Forwards, every page says exactly whether something is before and after it.', async () => {
  await using moca = await createTestApp();
  await seedNumbered(moca, 6);
  const page = async (after: string | null, first = 2) =>
    listPage(moca.admin, { ...oldestFirst, first, after });
  const firstPage = await page(null);
  expect(idsOf(firstPage)).toEqual(['001', '002']);
  expect(firstPage.pageInfo).toEqual({
    hasPreviousPage: false,
    hasNextPage: true,
    startCursor: firstPage.edges[0]?.cursor,
    endCursor: firstPage.edges[1]?.cursor,
  });
  const middle = await page(firstPage.pageInfo.endCursor);
  expect(idsOf(middle)).toEqual(['003', '004']);
  expect(middle.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: true });
  const last = await page(middle.pageInfo.endCursor);
  expect(idsOf(last)).toEqual(['005', '006']);
  expect(last.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
  const beyond = await page(last.pageInfo.endCursor);
  expect(beyond.edges).toEqual([]);
  expect(beyond.pageInfo).toEqual({
    hasPreviousPage: true,
    hasNextPage: false,
    startCursor: null,
    endCursor: null,
  });
  expect((await page(null, 6)).pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: false });
});

test('Backwards, pages keep the order of the list and say as exactly what is around them.', async () => {
  await using moca = await createTestApp();
  await seedNumbered(moca, 5);
  const page = async (before: string | null) => listPage(moca.admin, { ...oldestFirst, last: 2, before });
  const end = await page(null);
  expect(idsOf(end)).toEqual(['004', '005']);
  expect(end.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
  const middle = await page(end.pageInfo.startCursor);
  expect(idsOf(middle)).toEqual(['002', '003']);
  expect(middle.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: true });
  const start = await page(middle.pageInfo.startCursor);
  expect(idsOf(start)).toEqual(['001']);
  expect(start.pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: true });
  expect((await page(start.pageInfo.startCursor)).pageInfo).toMatchObject({
    hasPreviousPage: false,
    hasNextPage: true,
    startCursor: null,
  });
});

test('With both cursors a page stays between them, from either end.', async () => {
  await using moca = await createTestApp();
  await seedNumbered(moca, 6);
  const { edges } = await listPage(moca.admin, oldestFirst);
  const between = { ...oldestFirst, after: edges[0]?.cursor, before: edges[5]?.cursor };
  const page = async (size: object) => listPage(moca.admin, { ...between, ...size });
  expect(idsOf(await page({}))).toEqual(['002', '003', '004', '005']);
  expect(idsOf(await page({ first: 3 }))).toEqual(['002', '003', '004']);
  expect(idsOf(await page({ last: 3 }))).toEqual(['003', '004', '005']);
  expect((await page({ first: 3 })).pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: true });
  expect((await page({ last: 4 })).pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: true });
  const crossed = { ...oldestFirst, after: edges[4]?.cursor, before: edges[1]?.cursor };
  expect(idsOf(await listPage(moca.admin, crossed))).toEqual([]);
});

test('When the account of a cursor is gone, the page does not pretend that something is there.', async () => {
  await using moca = await createTestApp();
  await seedNumbered(moca, 3);
  const { edges } = await listPage(moca.admin, oldestFirst);
  await using database = await openAt(moca.databaseUrl);
  await removeAccounts(database, ['001', '003']);
  const forward = await listPage(moca.admin, { ...oldestFirst, after: edges[0]?.cursor });
  expect(idsOf(forward)).toEqual(['002']);
  expect(forward.pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: false });
  const backward = await listPage(moca.admin, { ...oldestFirst, last: 1, before: edges[2]?.cursor });
  expect(idsOf(backward)).toEqual(['002']);
  expect(backward.pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: false });
});

test('totalCount counts what matches the filter, whatever the page.', async () => {
  await using moca = await createTestApp();
  await seedAccounts(moca, [
    ...Array.from({ length: 3 }, () => anAccount({ tokenEnd: 'REVOKED' })),
    ...Array.from({ length: 4 }, () => anAccount()),
  ]);
  const count = async (args: string): Promise<number> => {
    const data = await moca.admin.raw<{ instagramAccounts: { totalCount: number } }>(
      `{ instagramAccounts${args} { totalCount } }`,
    );
    return data.instagramAccounts.totalCount;
  };
  expect(await count('')).toBe(7);
  expect(await count('(first: 1)')).toBe(7);
  expect(await count('(last: 2, filter: { state: [REVOKED] })')).toBe(3);
  const { edges } = await listPage(moca.admin, { first: 5 });
  expect(await count(`(after: "${edges[4]?.cursor}", filter: { needsReauthorization: false })`)).toBe(4);
});

test('The same list can be asked for twice in one operation, with pages of their own.', async () => {
  await using moca = await createTestApp();
  await seedNumbered(moca, 3);
  const answer = await moca.admin.raw(
    `{ one: instagramAccounts(first: 1, orderBy: OLDEST_FIRST) { edges { node { accountId } } }
       two: instagramAccounts(last: 1, orderBy: OLDEST_FIRST) { edges { node { accountId } } } }`,
  );
  expect(answer).toEqual({
    one: { edges: [{ node: { accountId: '001' } }] },
    two: { edges: [{ node: { accountId: '003' } }] },
  });
});
