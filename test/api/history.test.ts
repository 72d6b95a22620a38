import { expect, test } from 'vitest';
import {
  AccountHistoryDocument,
  CompleteInstagramAuthDocument,
  DisconnectInstagramAccountDocument,
  UpdateInstagramAccountSettingsDocument,
} from '../../src/generated/graphql.js';
import { anAccount, seedAccounts, seedEvents } from '../support/accounts.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

async function historyPage(
  moca: TestApp,
  accountId: string,
  page: { first?: number; after?: string | null } = {},
) {
  const { instagramAccount } = await moca.admin.send(AccountHistoryDocument, { accountId, ...page });
  if (instagramAccount === null) throw new Error('There is no such account.');
  return instagramAccount.history;
}

test('What happened to an account is told newest first, with the time and who did it.', async () => {
  await using moca = await createTestApp();
  const start = moca.clock.now();
  const { accountId } = await moca.connect('page-token');
  moca.clock.set(new Date(start.getTime() + 60_000));
  const settings = { systemPrompt: 'Be brief.' };
  await moca.admin.send(UpdateInstagramAccountSettingsDocument, { accountId, settings });
  moca.clock.advance(60_000);
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId });
  moca.clock.advance(60_000);
  await moca.admin.send(CompleteInstagramAuthDocument, await moca.consent('page-token'));
  const { edges } = await historyPage(moca, accountId);
  expect(edges.map(({ node: { type, actor } }) => `${type} by ${actor}`)).toEqual([
    'reconnected by admin:ada',
    'disconnected by admin:ada',
    'settings_changed by admin:ada',
    'connected by system',
  ]);
  expect(edges[2]?.node.at).toBe(new Date(start.getTime() + 60_000).toISOString());
  expect(new Set(edges.map(({ node }) => node.id)).size).toBe(4);
});

test('A service reads the history too.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const { instagramAccount } = await moca.service.send(AccountHistoryDocument, { accountId });
  expect(instagramAccount?.history.edges).toHaveLength(1);
});

test('A walk through a long history meets every event once, 20 at a time unless told otherwise.', async () => {
  await using moca = await createTestApp();
  const account = anAccount();
  const { accountId } = account;
  await seedAccounts(moca, [account, anAccount({ accountId: 'other' })]);
  await seedEvents(moca, accountId, 45);
  await seedEvents(moca, 'other', 3);
  expect((await historyPage(moca, accountId)).edges).toHaveLength(20);
  expect((await historyPage(moca, accountId, { first: 100 })).edges).toHaveLength(45);

  const details: Array<string | null> = [];
  const bounds: boolean[][] = [];
  for (let after: string | null = null; ;) {
    const { edges, pageInfo } = await historyPage(moca, accountId, { first: 15, after });
    details.push(...edges.map(({ node }) => node.detail));
    bounds.push([pageInfo.hasPreviousPage, pageInfo.hasNextPage]);
    expect(pageInfo.startCursor).toBe(edges[0]?.cursor);
    expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor);
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  expect(details).toEqual(Array.from({ length: 45 }, (_, index) => `event ${45 - index}`));
  expect(bounds).toEqual([
    [false, true],
    [true, true],
    [true, false],
  ]);
});

test('What happens during a walk does not move its pages.', async () => {
  await using moca = await createTestApp();
  const account = anAccount();
  const { accountId } = account;
  await seedAccounts(moca, [account]);
  await seedEvents(moca, accountId, 4);
  const first = await historyPage(moca, accountId, { first: 2 });
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId });
  const second = await historyPage(moca, accountId, { first: 2, after: first.pageInfo.endCursor });
  expect(second.edges.map(({ node }) => node.detail)).toEqual(['event 2', 'event 1']);
  const beyond = await historyPage(moca, accountId, { after: second.pageInfo.endCursor });
  expect(beyond).toEqual({
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
  });
});

test('The history of an account without events is an empty page.', async () => {
  await using moca = await createTestApp();
  const account = anAccount();
  await seedAccounts(moca, [account]);
  expect(await historyPage(moca, account.accountId)).toEqual({
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  });
});
