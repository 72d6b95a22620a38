import { randomBytes } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { sql, type Kysely } from 'kysely';
import { expect, test } from 'vitest';
import * as accountHistory from '../../src/accounts/account-history.js';
import * as accountLease from '../../src/accounts/account-lease.js';
import * as accountList from '../../src/accounts/account-list.js';
import * as accountView from '../../src/accounts/account-view.js';
import * as accountStats from '../../src/accounts/account-stats.js';
import * as checkStates from '../../src/accounts/check-states.js';
import * as claimSubscriptions from '../../src/accounts/claim-subscriptions.js';
import * as entryAccounts from '../../src/accounts/entry-accounts.js';
import * as renewalWork from '../../src/accounts/renewal-work.js';
import * as outbox from '../../src/delivery/outbox.js';
import * as noticeOutbox from '../../src/notices/notice-outbox.js';
import * as attemptList from '../../src/oauth/attempt-list.js';
import * as attemptStore from '../../src/oauth/attempt-store.js';
import * as cursor from '../../src/pagination/cursor.js';
import * as groupCommit from '../../src/sql/group-commit.js';
import { Cipher } from '../../src/tokens/cipher.js';
import { Keyring } from '../../src/tokens/keyring.js';
import * as eventList from '../../src/webhooks/event-list.js';
import * as eventStore from '../../src/webhooks/event-store.js';
import { deepPlaces } from '../bench/scale/places.ts';
import { questions } from '../bench/scale/questions.ts';
import { seed } from '../bench/scale/seed.ts';
import type { ServerCode } from '../bench/scale/server-code.ts';
import { isPlanned, WatchedDatabase, type Plan } from '../bench/scale/watched-database.ts';
import { createTestDatabase, openAt, testsPostgresql } from '../support/databases.js';

const ACCOUNTS = 3_000;
const NOW = new Date('2026-11-25T12:00:00.000Z');

const code: ServerCode = {
  ...accountHistory,
  ...accountLease,
  ...accountList,
  ...accountView,
  ...accountStats,
  ...checkStates,
  ...claimSubscriptions,
  ...entryAccounts,
  ...renewalWork,
  ...outbox,
  ...noticeOutbox,
  ...attemptList,
  ...attemptStore,
  ...cursor,
  ...groupCommit,
  ...eventList,
  ...eventStore,
  cipher: new Cipher(new Keyring([{ id: 'k', bytes: randomBytes(32) }])),
};

/** What the server asks, with the plans of the statements that it sends for it. */
async function askEverything(): Promise<ReadonlyMap<string, readonly Plan[]>> {
  await using stored = await createTestDatabase();
  await using database = await openAt(stored.url, 1);
  await database.migrate();
  const kysely: Kysely<unknown> = (database.em() as SqlEntityManager).getKysely();
  const kind = testsPostgresql ? 'postgresql' : 'sqlite';
  await seed({ database: kysely, kind, accounts: ACCOUNTS, now: NOW });
  if (testsPostgresql) {
    await sql`vacuum analyze`.execute(kysely);
    // So small a table is read faster as it is.
    await sql`set enable_seqscan = off`.execute(kysely);
  }
  const watched = new WatchedDatabase(database.em, kind);
  const asked = new Map<string, readonly Plan[]>();
  for (const { name, ask } of questions({ code, now: NOW, places: await deepPlaces(kysely, ACCOUNTS) })) {
    const statements = (await watched.statementsOf(ask)).filter(isPlanned);
    asked.set(name, await Promise.all(statements.map((statement) => watched.plan(statement))));
  }
  return asked;
}

test('Whatever the server asks of accounts, an index answers it.', async () => {
  const asked = await askEverything();
  expect(asked.size).toBeGreaterThan(100);
  const scans = [...asked].flatMap(([name, plans]) =>
    plans.flatMap(({ scanned, steps }) => scanned.map((table) => `${name}: ${table} by ${steps.join('; ')}`)),
  );
  // All events, oldest first, are those of the table from its beginning; so SQLite calls it.
  expect(scans.filter((scan) => !scan.startsWith('webhook events, first page: webhook_event'))).toEqual([]);
  expect([...asked].filter(([, plans]) => plans.length === 0)).toEqual([]);
  const indexesOf = (name: string): readonly string[] =>
    (asked.get(name) ?? []).flatMap(({ indexes }) => indexes);

  // Each order is an index's own, whatever the page; and so is each filter's, in the order of expiry.
  for (const page of ['first page', 'page at 90 %']) {
    expect(new Set(indexesOf(`NEWEST_FIRST, ${page}`))).toEqual(new Set(['instagram_account_newest']));
    expect(new Set(indexesOf(`OLDEST_FIRST, ${page}`))).toEqual(new Set(['instagram_account_newest']));
    expect(new Set(indexesOf(`NAME_ASC, ${page}`))).toEqual(new Set(['instagram_account_name']));
    expect(new Set(indexesOf(`EXPIRY_ASC, ${page}`))).toEqual(new Set(['instagram_account_expiry']));
  }
  for (const filter of ['state ACTIVE', 'kind PAGE', 'needsReauthorization true', 'expiresBefore in 1 day']) {
    // PostgreSQL knows when so many match that it meets them sooner in the order of all.
    const served = testsPostgresql ? /instagram_account_(?:states|expiry)/ : /instagram_account_states/;
    expect(indexesOf(`EXPIRY_ASC, ${filter}`).join(' ')).toMatch(served);
    expect(new Set(indexesOf(`totalCount, ${filter}`))).toEqual(new Set(['instagram_account_states']));
  }
  // A text that few names contain is found by its trigrams, whatever the order; one that many do along the order.
  const trigrams = testsPostgresql ? 'instagram_account_trigrams' : 'account_name_trigrams';
  for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST', 'NAME_ASC', 'EXPIRY_ASC']) {
    for (const rare of ['name kabelimor', 'name that nobody has', 'state ACTIVE, name that nobody has']) {
      expect(indexesOf(`${order}, ${rare}`)).toContain(trigrams);
    }
    expect(indexesOf(`${order}, name studio`)).not.toContain(trigrams);
  }
  expect(indexesOf('totalCount, name kabelimor')).toContain(trigrams);
  expect(new Set(indexesOf('forecast of 366 days'))).toEqual(new Set(['instagram_account_states']));
  expect(indexesOf('stats by kind')).toContain('instagram_account_states');

  // By its time alone: of those that live, or are of a kind, there are as many as there are accounts.
  expect(indexesOf('renewals that are due')).toEqual(['instagram_account_due']);
  expect(indexesOf('claim of due renewals')).toContain('instagram_account_due');
  // Of these there are few: they are not looked for behind a backlog of others.
  const shortLived = indexesOf('claim of due short-lived renewals');
  expect(shortLived).toContain('instagram_account_states');
  // PostgreSQL knows whether there is a backlog, and may take both.
  expect(shortLived.join(' ')).not.toMatch(testsPostgresql ? /^$/ : /instagram_account_due/);
  expect(indexesOf('claim of due subscriptions')).toContain('instagram_account_subscription');
  expect(indexesOf('check of states')).toContain('instagram_account_state_check');
  expect(indexesOf('renewals of the last 8 hours')).toContain('instagram_account_tried');
});
