import { expect, test } from 'vitest';
import { CountInstagramAccountsDocument, type InstagramAccountFilter } from '../../src/generated/graphql.js';
import { DAY, HOUR, plus } from '../../src/time.js';
import { anAccount, seedAccounts, type AccountFacts } from '../support/accounts.js';
import { idsOf, listPage } from '../support/listing.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** Names of the accounts that a filter finds, sorted. */
async function found(moca: TestApp, filter: InstagramAccountFilter): Promise<string[]> {
  const page = await listPage(moca.admin, { first: 100, filter });
  const { instagramAccounts } = await moca.admin.send(CountInstagramAccountsDocument, { filter });
  expect(instagramAccounts.totalCount).toBe(page.edges.length);
  return page.edges.map(({ node }) => node.accountName).toSorted();
}

function oneOfEach(now: Date): AccountFacts[] {
  const inDays = (days: number): Date => plus(now, days * DAY);
  const long = { tokenKind: 'LONG_LIVED' } as const;
  return [
    anAccount({ accountName: 'page' }),
    anAccount({ ...long, accountName: 'fresh', tokenExpiry: inDays(50) }),
    anAccount({ ...long, accountName: 'soon', tokenExpiry: inDays(3) }),
    anAccount({ accountName: 'short', tokenKind: 'SHORT_LIVED', tokenExpiry: inDays(1 / 24) }),
    anAccount({ ...long, accountName: 'over', tokenExpiry: inDays(-1) }),
    anAccount({ ...long, accountName: 'revoked', tokenExpiry: inDays(40), tokenEnd: 'REVOKED' }),
    anAccount({ accountName: 'left', tokenEnd: 'DISCONNECTED' }),
  ];
}

test('Each filter alone lists exactly the accounts that it describes, and counts them.', async () => {
  await using moca = await createTestApp();
  const now = moca.clock.now();
  await seedAccounts(moca, oneOfEach(now));
  expect(await found(moca, {})).toHaveLength(7);
  expect(await found(moca, { state: ['ACTIVE'] })).toEqual(['fresh', 'page']);
  expect(await found(moca, { state: ['EXPIRING_SOON'] })).toEqual(['short', 'soon']);
  expect(await found(moca, { state: ['EXPIRED', 'REVOKED'] })).toEqual(['over', 'revoked']);
  expect(await found(moca, { state: ['DISCONNECTED'] })).toEqual(['left']);
  expect(await found(moca, { kind: ['PAGE'] })).toEqual(['left', 'page']);
  expect(await found(moca, { kind: ['PAGE', 'SHORT_LIVED'] })).toEqual(['left', 'page', 'short']);
  expect(await found(moca, { needsReauthorization: true })).toEqual(['left', 'over', 'revoked']);
  expect(await found(moca, { needsReauthorization: false })).toEqual(['fresh', 'page', 'short', 'soon']);
  expect(await found(moca, { accountNameContains: 'o' })).toEqual(
    ['over', 'revoked', 'short', 'soon'].toSorted(),
  );
  expect(await found(moca, { expiresBefore: plus(now, 4 * DAY).toISOString() })).toEqual([
    'over',
    'short',
    'soon',
  ]);
});

test('Filters that are given together must all hold, and one that is null is not a filter.', async () => {
  await using moca = await createTestApp();
  await seedAccounts(moca, oneOfEach(moca.clock.now()));
  expect(await found(moca, { kind: ['LONG_LIVED'], needsReauthorization: false })).toEqual(['fresh', 'soon']);
  expect(await found(moca, { kind: ['LONG_LIVED'], state: ['EXPIRED'], accountNameContains: 'ver' })).toEqual(
    ['over'],
  );
  expect(await found(moca, { state: ['ACTIVE'], needsReauthorization: true })).toEqual([]);
  const nothingSaid = {
    state: null,
    kind: null,
    accountNameContains: null,
    expiresBefore: null,
    needsReauthorization: null,
  };
  expect(await found(moca, nothingSaid)).toHaveLength(7);
  expect(await found(moca, { ...nothingSaid, kind: ['SHORT_LIVED'] })).toEqual(['short']);
  expect(idsOf(await listPage(moca.admin, { filter: null }))).toHaveLength(7);
});

test('An empty list of states or kinds matches nothing, and an empty text everything.', async () => {
  await using moca = await createTestApp();
  await seedAccounts(moca, oneOfEach(moca.clock.now()));
  expect(await found(moca, { state: [] })).toEqual([]);
  expect(await found(moca, { kind: [] })).toEqual([]);
  expect(await found(moca, { accountNameContains: '' })).toHaveLength(7);
});

test('A state or kind that is named a thousand times is named once.', async () => {
  await using moca = await createTestApp();
  await seedAccounts(moca, oneOfEach(moca.clock.now()));
  const again = <Value>(value: Value): Value[] => Array.from({ length: 3_000 }, () => value);
  expect(await found(moca, { state: [...again('EXPIRED' as const), 'REVOKED'] })).toEqual([
    'over',
    'revoked',
  ]);
  expect(await found(moca, { kind: again('SHORT_LIVED') })).toEqual(['short']);
});

test("A token that expires at the very time of expiresBefore isn't before it, and one that never does never is.", async () => {
  await using moca = await createTestApp();
  const at = plus(moca.clock.now(), 30 * DAY);
  await seedAccounts(moca, [
    anAccount({ accountName: 'at', tokenKind: 'LONG_LIVED', tokenExpiry: at }),
    anAccount({ accountName: 'before', tokenKind: 'LONG_LIVED', tokenExpiry: plus(at, -1) }),
    anAccount({ accountName: 'never' }),
  ]);
  expect(await found(moca, { expiresBefore: at.toISOString() })).toEqual(['before']);
  const elsewhere = plus(at, 2 * HOUR)
    .toISOString()
    .replace('Z', '+02:00');
  expect(await found(moca, { expiresBefore: elsewhere })).toEqual(['before']);
  expect(await found(moca, { expiresBefore: '9999-12-31T23:59:59.999Z' })).toEqual(['at', 'before']);
});

test('The wildcards of LIKE are ordinary characters in accountNameContains.', async () => {
  await using moca = await createTestApp();
  const names = ['plain', 'per%cent', 'under_score', String.raw`back\slash`, 'quote\'"d', 'a%_b'];
  await seedAccounts(
    moca,
    names.map((accountName) => anAccount({ accountName })),
  );
  expect(await found(moca, { accountNameContains: '%' })).toEqual(['a%_b', 'per%cent']);
  expect(await found(moca, { accountNameContains: '_' })).toEqual(['a%_b', 'under_score']);
  expect(await found(moca, { accountNameContains: '%_' })).toEqual(['a%_b']);
  expect(await found(moca, { accountNameContains: '\\' })).toEqual([String.raw`back\slash`]);
  expect(await found(moca, { accountNameContains: `'"` })).toEqual(['quote\'"d']);
  expect(await found(moca, { accountNameContains: 'p%t' })).toEqual([]);
  expect(await found(moca, { accountNameContains: `' or 1=1 --` })).toEqual([]);
});

test('The case of letters makes no difference to accountNameContains, beyond ASCII too.', async () => {
  await using moca = await createTestApp();
  const names = ['café_moca', 'straße', 'shop.日本', 'Mixed_Case', 'emoji🍫'];
  await seedAccounts(
    moca,
    names.map((accountName) => anAccount({ accountName })),
  );
  expect(await found(moca, { accountNameContains: 'CAFÉ' })).toEqual(['café_moca']);
  expect(await found(moca, { accountNameContains: 'mixed_CASE' })).toEqual(['Mixed_Case']);
  expect(await found(moca, { accountNameContains: '日本' })).toEqual(['shop.日本']);
  expect(await found(moca, { accountNameContains: '🍫' })).toEqual(['emoji🍫']);
  expect(await found(moca, { accountNameContains: 'strasse' })).toEqual([]);
});

test('A text that cannot stand in a name is refused: it neither matches everything nor breaks the search.', async () => {
  await using moca = await createTestApp();
  await seedAccounts(moca, [anAccount({ accountName: 'plain' })]);
  for (const accountNameContains of ['\0', 'a\0', '\uD83C', 'x'.repeat(257), 'x'.repeat(60_000)]) {
    const { extensions, message } = await moca.admin.failRaw(
      'query ($filter: InstagramAccountFilter) { instagramAccounts(filter: $filter) { totalCount edges { cursor } } }',
      { filter: { accountNameContains } },
    );
    expect(extensions.code).toBe('BAD_USER_INPUT');
    expect(message).toContain('accountNameContains');
    expect(message).not.toContain('xxx');
  }
  expect(await found(moca, { accountNameContains: 'x'.repeat(256) })).toEqual([]);
});
