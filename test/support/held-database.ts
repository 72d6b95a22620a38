import { accountTables } from '../../src/accounts/account-table.js';
import { openAt } from './databases.js';

/**
 * Keeps everybody else from writing accounts: after some seconds the server hears of each write that its database
 * is away. Gives what ends that.
 */
export async function holdAccounts({
  databaseUrl,
}: {
  readonly databaseUrl: string;
}): Promise<() => Promise<void>> {
  const database = await openAt(databaseUrl);
  const held = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const ended = database.em().transactional(async (em) => {
    await accountTables(em)
      .updateTable('instagram_account')
      .set((eb) => ({ account_name: eb.ref('account_name') }))
      .execute();
    held.resolve();
    await release.promise;
  });
  await Promise.race([held.promise, ended]);
  return async () => {
    release.resolve();
    await ended;
    await database[Symbol.asyncDispose]();
  };
}
