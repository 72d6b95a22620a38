import { expect, test } from 'vitest';
import {
  AccountHistoryDocument,
  ConnectionAttemptsDocument,
  InstagramAccountsDocument,
  type InstagramAccountOrder,
} from '../../src/generated/graphql.js';
import { anAccount, seedAccounts } from '../support/accounts.js';
import { listPage, type ListVariables } from '../support/listing.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const orders: readonly InstagramAccountOrder[] = ['NEWEST_FIRST', 'OLDEST_FIRST', 'NAME_ASC', 'EXPIRY_ASC'];

/** How a list refuses: `BAD_USER_INPUT first: must be …`. */
async function refusal(moca: TestApp, variables: ListVariables): Promise<string> {
  const { extensions, message } = await moca.admin.fail(InstagramAccountsDocument, variables);
  return `${extensions.code} ${message}`;
}

function cursorOf(parts: unknown): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

test('A page size outside 1 to 100, or first together with last, is refused.', async () => {
  await using moca = await createTestApp();
  for (const size of [0, 101, -1, 2_147_483_647, -2_147_483_648]) {
    expect(await refusal(moca, { first: size })).toMatch(/^BAD_USER_INPUT first: /);
    expect(await refusal(moca, { last: size })).toMatch(/^BAD_USER_INPUT last: /);
  }
  expect(await refusal(moca, { first: 1, last: 1 })).toMatch(/^BAD_USER_INPUT first and last: /);
});

test('A size that is no 32-bit integer never gets to the list.', async () => {
  await using moca = await createTestApp();
  for (const first of ['0', 1.5, 2 ** 31, true, [1]]) {
    const { extensions } = await moca.admin.failRaw(InstagramAccountsDocument.toString(), { first });
    expect(extensions.code).toBe('BAD_USER_INPUT');
  }
});

test('A cursor that is broken in any way is refused, as after and as before.', async () => {
  await using moca = await createTestApp();
  await seedAccounts(moca, [anAccount()]);
  const { endCursor } = (await listPage(moca.admin, { orderBy: 'OLDEST_FIRST' })).pageInfo;
  const good = endCursor ?? '';
  const broken = [
    '',
    ' ',
    'x',
    '!!!',
    good.slice(0, -2),
    `${good}AAAA`,
    `${good}!`,
    ` ${good}`,
    `${good}=`,
    Buffer.from(good, 'base64url').toString(),
    'A'.repeat(3000),
    cursorOf(null),
    cursorOf(1),
    cursorOf('OLDEST_FIRST'),
    cursorOf({ 0: 'OLDEST_FIRST', 1: 5, 2: 'a' }),
    cursorOf([]),
    cursorOf(['OLDEST_FIRST']),
    cursorOf(['OLDEST_FIRST', 5]),
    cursorOf(['OLDEST_FIRST', 5, 'a', 'more']),
    cursorOf(['OLDEST_FIRST', '5', 'a']),
    cursorOf(['OLDEST_FIRST', 5, 6]),
    cursorOf(['OLDEST_FIRST', null, 'a']),
    cursorOf(['OLDEST_FIRST', [5], 'a']),
    cursorOf(['OLDEST_FIRST', 5.5, 'a']),
    cursorOf(['OLDEST_FIRST', 1e300, 'a']),
    cursorOf(['OLDEST_FIRST', -1e16, 'a']),
    cursorOf(['constructor', 5, 'a']),
    cursorOf([5, 5, 'a']),
  ];
  for (const cursor of broken) {
    expect(await refusal(moca, { orderBy: 'OLDEST_FIRST', after: cursor })).toMatch(
      /^BAD_USER_INPUT after: /,
    );
    expect(await refusal(moca, { orderBy: 'OLDEST_FIRST', before: cursor })).toMatch(
      /^BAD_USER_INPUT before: /,
    );
  }
});

test('A cursor of one order is refused by every other order.', async () => {
  await using moca = await createTestApp();
  await seedAccounts(moca, [anAccount()]);
  for (const orderBy of orders) {
    const { startCursor } = (await listPage(moca.admin, { orderBy })).pageInfo;
    expect((await listPage(moca.admin, { orderBy, before: startCursor })).edges).toEqual([]);
    for (const other of orders.filter((one) => one !== orderBy)) {
      const variables = { orderBy: other, before: startCursor };
      expect(await refusal(moca, variables)).toMatch(/^BAD_USER_INPUT before: /);
    }
  }
});

test('A cursor of one list is refused by every other list.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const account = (await listPage(moca.admin)).pageInfo.endCursor;
  const { instagramAccount } = await moca.admin.send(AccountHistoryDocument, { accountId });
  const event = instagramAccount?.history.pageInfo.endCursor;
  const { connectionAttempts } = await moca.admin.send(ConnectionAttemptsDocument, {});
  const attempt = connectionAttempts.pageInfo.endCursor;
  for (const cursor of [account, event, attempt]) expect(cursor).toEqual(expect.any(String));

  for (const after of [event, attempt])
    expect(await refusal(moca, { after })).toMatch(/^BAD_USER_INPUT after: /);
  for (const after of [account, attempt]) {
    const { extensions } = await moca.admin.fail(AccountHistoryDocument, { accountId, after });
    expect(extensions.code).toBe('BAD_USER_INPUT');
  }
  for (const after of [account, event]) {
    const { extensions } = await moca.admin.fail(ConnectionAttemptsDocument, { after });
    expect(extensions.code).toBe('BAD_USER_INPUT');
  }
});

test('The lists of events and attempts refuse the same sizes and broken cursors.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const bad = [
    { first: 0 },
    { first: 101 },
    { first: -1 },
    { after: 'x' },
    { after: cursorOf(['history', '1']) },
    { after: cursorOf(['history', 1, 1]) },
    { after: cursorOf(['attempts', 1]) },
    { after: cursorOf(['attempts', 1e300, 'a']) },
    { after: cursorOf(['attempts', 'now', 'a']) },
  ];
  for (const variables of bad) {
    const history = await moca.admin.fail(AccountHistoryDocument, { accountId, ...variables });
    expect(history.extensions.code).toBe('BAD_USER_INPUT');
    const attempts = await moca.admin.fail(ConnectionAttemptsDocument, variables);
    expect(attempts.extensions.code).toBe('BAD_USER_INPUT');
  }
});
