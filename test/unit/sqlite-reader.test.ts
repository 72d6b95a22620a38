import { expect, test } from 'vitest';
import { kyselyOf } from '../../src/sql/kysely-of.js';
import { besideOf } from '../../src/sql/read-beside.js';
import { createTestDatabase, openAt, testsPostgresql } from '../support/databases.js';

const COUNT = 'select count(*) as count from account_event where actor = ?';

test.skipIf(testsPostgresql)(
  'What is committed is read at once, also while a transaction is under way, and nothing can be written so.',
  async () => {
    await using place = await createTestDatabase();
    await using database = await openAt(place.url);
    await database.migrate();
    const em = database.em();
    const beside = besideOf(em);
    if (beside === null) throw new TypeError('There is nothing to read beside.');
    const count = (): unknown => beside.readBeside(COUNT, ['ada']);
    expect(count()).toEqual([{ count: 0 }]);
    await em.transactional(async (transaction) => {
      await kyselyOf<{ account_event: { at: number; type: string; actor: string } }>(transaction)
        .insertInto('account_event')
        .values({ at: 0, type: 'connected', actor: 'ada' })
        .execute();
      // A transaction sees its own, on its own connection.
      expect(besideOf(transaction)).toBeNull();
      expect(count()).toEqual([{ count: 0 }]);
    });
    expect(count()).toEqual([{ count: 1 }]);
    expect(() => beside.readBeside('delete from account_event where actor = ?', ['ada'])).toThrow(
      /readonly|not return data/,
    );
  },
);

test.skipIf(testsPostgresql)(
  'What an index of another time was made for is found after it has gone.',
  async () => {
    await using place = await createTestDatabase();
    await using database = await openAt(place.url);
    await database.migrate();
    const beside = besideOf(database.em());
    expect(beside?.readBeside(COUNT, ['ada'])).toEqual([{ count: 0 }]);
    await using other = await openAt(place.url);
    await kyselyOf(other.em())
      .schema.createIndex('for_a_while')
      .on('account_event')
      .column('actor')
      .execute();
    expect(beside?.readBeside(COUNT, ['ada'])).toEqual([{ count: 0 }]);
    await kyselyOf(other.em()).schema.dropIndex('for_a_while').execute();
    expect(beside?.readBeside(COUNT, ['ada'])).toEqual([{ count: 0 }]);
  },
);
