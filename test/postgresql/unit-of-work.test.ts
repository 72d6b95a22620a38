import { LockMode } from '@mikro-orm/core';
import { expect, test } from 'vitest';
import { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import type { Database } from '../../src/database/database.js';
import { unitOfWork } from '../../src/sql/unit-of-work.js';
import { anAccount, insertAccounts } from '../support/accounts.js';
import { createTestDatabase, openAt } from '../support/databases.js';
import { runSql } from '../support/sql.js';

async function createTwoAccounts() {
  const stored = await createTestDatabase();
  const database = await openAt(stored.url);
  await insertAccounts(database, [anAccount({ accountId: 'a' }), anAccount({ accountId: 'b' })]);
  return {
    database,
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await stored[Symbol.asyncDispose]();
    },
  };
}

/** Counts up both accounts in the order of `ids`, each locked when its turn comes. */
function countUp({ em }: Database, ids: readonly string[], onTry: (first: boolean) => Promise<void>) {
  let tries = 0;
  return unitOfWork(em(), async (transaction) => {
    tries += 1;
    for (const accountId of ids) {
      const account = await transaction.findOneOrFail(
        InstagramAccount,
        { accountId },
        { lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      account.settingsVersion += 1;
      if (accountId === ids[0]) await onTry(tries === 1);
    }
    return tries;
  });
}

test('Of two units of work that wait for each other one is begun again, and nothing is lost.', async () => {
  await using two = await createTwoAccounts();
  const { database } = two;
  const [one, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const tries = await Promise.all([
    countUp(database, ['a', 'b'], async (first) => {
      one.resolve();
      if (first) await other.promise;
    }),
    countUp(database, ['b', 'a'], async (first) => {
      other.resolve();
      if (first) await one.promise;
    }),
  ]);
  // Whoever is begun again may stand in the way once more: rows have no queue.
  expect(Math.max(...tries)).toBeGreaterThan(1);
  const accounts = await database.em().find(InstagramAccount, {});
  expect(accounts.map(({ settingsVersion }) => settingsVersion)).toEqual([3, 3]);
});

test('What was read under a lock is still so when it is written upon.', async () => {
  await using two = await createTwoAccounts();
  const { database } = two;
  await Promise.all(Array.from({ length: 20 }, () => countUp(database, ['a'], () => Promise.resolve())));
  const account = await database.em().findOneOrFail(InstagramAccount, { accountId: 'a' });
  expect(account.settingsVersion).toBe(21);
});

test('A unit of work that cannot succeed is given up after five tries, and leaves nothing.', async () => {
  await using two = await createTwoAccounts();
  const { database } = two;
  let tries = 0;
  const failing = unitOfWork(database.em(), async (transaction) => {
    tries += 1;
    await transaction.nativeUpdate(InstagramAccount, { accountId: 'a' }, { accountName: 'lost' });
    await transaction.nativeUpdate(InstagramAccount, { accountId: 'b' }, { accountId: 'a' });
  });
  await expect(failing).rejects.toThrow(/duplicate key/);
  expect(tries).toBe(5);
  expect(await database.em().count(InstagramAccount, { accountName: 'lost' })).toBe(0);
});

test('Times, numbers and JSON arrive as on SQLite, to the millisecond, whatever the session’s time zone.', async () => {
  await using stored = await createTestDatabase();
  const databaseUrl = `${stored.url}?options=-c%20TimeZone%3DAsia/Kolkata`;
  await using database = await openAt(databaseUrl);
  const connectedAt = new Date('2026-03-29T01:30:00.007Z');
  await insertAccounts(database, [anAccount({ accountId: 'a', connectedAt })]);
  const account = await database.em().findOneOrFail(InstagramAccount, { accountId: 'a' });
  expect(account).toMatchObject({ connectedAt, expiryOrder: 8.64e15, scopes: [], lastTryFailed: false });
  const [row] = await runSql(
    { databaseUrl },
    'select connected_at, expiry_order, scopes, last_try_failed from instagram_account',
  );
  expect(row).toEqual({
    connected_at: connectedAt.getTime(),
    expiry_order: 8.64e15,
    scopes: '[]',
    last_try_failed: false,
  });
});
