import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { accountTables } from '../../src/accounts/account-table.js';
import { DeleteInstagramAccountDocument } from '../../src/generated/graphql.js';
import { anAccount, seedAccounts } from '../support/accounts.js';
import { openAt } from '../support/databases.js';
import { idsOf, listPage } from '../support/listing.js';
import { everythingStored, runSql } from '../support/sql.js';
import { createTestApp } from '../support/test-app.js';

test('After a VACUUM accounts are found by their names as before, whatever their rows are called by now.', async () => {
  await using moca = await createTestApp();
  const accounts = Array.from({ length: 60 }, (_, index) =>
    anAccount({ accountId: `${100 + index}`, accountName: `shop_number${100 + index}` }),
  );
  await seedAccounts(moca, accounts);
  await runSql(moca, "delete from instagram_account where account_id < '150'");
  await runSql(moca, 'update instagram_account set rowid = rowid - 40');
  await runSql(moca, 'vacuum');
  for (const { accountId, accountName } of accounts) {
    const page = await listPage(moca.admin, { filter: { accountNameContains: accountName } });
    expect(idsOf(page)).toEqual(accountId < '150' ? [] : [accountId]);
  }
  // It fails when the index is not of the names that are there.
  await runSql(
    moca,
    "insert into account_name_trigrams (account_name_trigrams, rank) values ('integrity-check', 1)",
  );
});

test('Of a name that was deleted the index keeps no trigram, and neither of one that was changed.', async () => {
  await using moca = await createTestApp();
  await seedAccounts(moca, [
    anAccount({ accountId: '1', accountName: '鰯鰤鰻' }),
    anAccount({ accountId: '2', accountName: '䷀䷁䷂' }),
    anAccount({ accountId: '3', accountName: 'shop' }),
  ]);
  const before = await indexed(moca.databaseUrl);
  for (const trigram of ['鰯鰤鰻', '䷀䷁䷂', 'sho']) expect(before).toContain(trigram);
  await moca.admin.send(DeleteInstagramAccountDocument, { accountId: '1' });
  await runSql(moca, "update instagram_account set account_name = 'other' where account_id = '2'");
  const left = await indexed(moca.databaseUrl);
  expect(left).not.toMatch(/[鰯鰤鰻䷀䷁䷂]/);
  expect(left).toContain('sho');
  expect(await everythingStored(moca)).not.toMatch(/鰯鰤鰻/);
});

/** All that the index of trigrams is made of. */
async function indexed(databaseUrl: string): Promise<string> {
  await using database = await openAt(databaseUrl);
  const { rows } = await sql<{ block: Buffer }>`select block from account_name_trigrams_data`.execute(
    accountTables(database.em()),
  );
  return rows.map(({ block }) => block.toString('utf8')).join('\n');
}
