import { isObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { buildGraphQLSchema } from '../../src/graphql/build-schema.js';
import { postOperation, type Answer } from '../support/http.js';
import { runSql } from '../support/sql.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';

type Caller = 'visitor' | 'admin' | 'service';

interface Entry {
  /** How the field is asked for, with arguments that are fine. */
  readonly ask: string;
  readonly allowed: readonly Caller[];
}

const page = '{ pageInfo { hasNextPage } }';

/** Who may use what, as the contract says it: every field of Query and Mutation. */
const contract: Readonly<Record<string, Entry>> = {
  'Query.authUrl': { ask: 'authUrl', allowed: ['visitor', 'admin', 'service'] },
  'Query.instagramAccount': {
    ask: 'instagramAccount(accountId: "1") { accountId }',
    allowed: ['admin', 'service'],
  },
  'Query.instagramAccounts': { ask: `instagramAccounts ${page}`, allowed: ['admin', 'service'] },
  'Query.instagramAccountStats': { ask: 'instagramAccountStats { total }', allowed: ['admin'] },
  'Query.instagramAccessToken': {
    ask: 'instagramAccessToken(accountId: "1") { accessToken }',
    allowed: ['service'],
  },
  'Query.connectionAttempts': { ask: `connectionAttempts ${page}`, allowed: ['admin'] },
  'Query.renewalStatus': { ask: 'renewalStatus { dueCount }', allowed: ['admin'] },
  'Query.webhookEvents': { ask: `webhookEvents ${page}`, allowed: ['admin', 'service'] },
  'Query.webhookStatus': { ask: 'webhookStatus { stored }', allowed: ['admin'] },
  'Mutation.completeInstagramAuth': {
    ask: 'completeInstagramAuth(code: "made-up", state: "made-up") { accountId }',
    allowed: ['visitor', 'admin'],
  },
  'Mutation.updateInstagramAccountSettings': {
    ask: 'updateInstagramAccountSettings(accountId: "1", settings: { toneOfVoice: "x" }) { accountId }',
    allowed: ['admin'],
  },
  'Mutation.refreshInstagramToken': {
    ask: 'refreshInstagramToken(accountId: "1") { accountId }',
    allowed: ['admin'],
  },
  'Mutation.disconnectInstagramAccount': {
    ask: 'disconnectInstagramAccount(accountId: "1") { accountId }',
    allowed: ['admin'],
  },
  'Mutation.deleteInstagramAccount': { ask: 'deleteInstagramAccount(accountId: "1")', allowed: ['admin'] },
};

const { adminKey, serviceKey } = testSecrets;

/** Headers that somebody sends who wants to be somebody, and is not. */
const badHeaders: Readonly<Record<string, string>> = {
  'a key that nobody has': `Bearer ${'x'.repeat(48)}`,
  'a key and one character more': `Bearer ${adminKey}x`,
  'a key without its last character': `Bearer ${adminKey.slice(0, -1)}`,
  'a key in capitals': `Bearer ${adminKey.toUpperCase()}`,
  'a very long key': `Bearer ${'x'.repeat(8_000)}`,
  'a very short key': 'Bearer x',
  'no key behind the scheme': 'Bearer',
  'a key without a scheme': adminKey,
  'another scheme': `Basic ${adminKey}`,
  'a scheme that only begins so': `Bearerx ${adminKey}`,
  'two keys': `Bearer ${adminKey} ${serviceKey}`,
  'two headers in one': `Bearer ${adminKey}, Bearer ${serviceKey}`,
  'a quoted key': `Bearer "${adminKey}"`,
  "the key's name with it": `Bearer ada:${adminKey}`,
};

function ask(moca: TestApp, name: string, headers: Record<string, string>): Promise<Answer> {
  const [root = ''] = name.split('.');
  return postOperation(moca, { query: `${root.toLowerCase()} { ${contract[name]?.ask} }` }, headers);
}

function headersOf(caller: Caller): Record<string, string> {
  if (caller === 'visitor') return {};
  return { authorization: `Bearer ${caller === 'admin' ? adminKey : serviceKey}` };
}

/** Without its tables, whoever gets as far as the database hears of an internal error. */
async function takeTablesAway(moca: TestApp): Promise<void> {
  for (const table of ['account_event', 'auth_attempt', 'instagram_account']) {
    await runSql(moca, `alter table ${table} rename to gone_${table}`);
  }
}

function fieldsOfSchema(): string[] {
  const schema = buildGraphQLSchema();
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
    isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [],
  );
}

test('Every field of Query and Mutation stands in the contract, and nothing else does.', () => {
  expect(fieldsOfSchema().toSorted()).toEqual(Object.keys(contract).toSorted());
});

describe.each(Object.entries(contract))('%s', (name, { allowed }) => {
  test('is answered to those who may, and to nobody else.', async () => {
    await using moca = await createTestApp();
    for (const caller of ['visitor', 'admin', 'service'] as const) {
      const { code } = await ask(moca, name, headersOf(caller));
      const refusal = caller === 'visitor' ? 'UNAUTHENTICATED' : 'FORBIDDEN';
      const refused = code === 'UNAUTHENTICATED' || code === 'FORBIDDEN' ? code : 'answered';
      expect({ caller, outcome: refused }).toEqual({
        caller,
        outcome: allowed.includes(caller) ? 'answered' : refusal,
      });
    }
  });

  test('is refused to every header that is no valid key, though no key at all may be fine.', async () => {
    await using moca = await createTestApp();
    for (const [what, authorization] of Object.entries(badHeaders)) {
      const { code, text } = await ask(moca, name, { authorization });
      expect({ what, code }).toEqual({ what, code: 'UNAUTHENTICATED' });
      expect(text).not.toContain(adminKey);
    }
  });

  test('is refused before the database or Meta is asked.', async () => {
    await using moca = await createTestApp();
    await takeTablesAway(moca);
    const refused = (['visitor', 'admin', 'service'] as const).filter((caller) => !allowed.includes(caller));
    for (const caller of refused) {
      const { code } = await ask(moca, name, headersOf(caller));
      expect(code).toBe(caller === 'visitor' ? 'UNAUTHENTICATED' : 'FORBIDDEN');
    }
    const { code } = await ask(moca, name, { authorization: 'Bearer made-up' });
    expect(code).toBe('UNAUTHENTICATED');
    expect(moca.sandbox.ledger.calls()).toEqual([]);
  });
});

test('That the tables are away would be noticed: whoever may ask hears of an internal error.', async () => {
  await using moca = await createTestApp();
  await takeTablesAway(moca);
  const { code } = await ask(moca, 'Query.instagramAccounts', headersOf('admin'));
  expect(code).toBe('INTERNAL_SERVER_ERROR');
});

test('The scheme is Bearer in any case of letters, and a key of either role opens its own doors.', async () => {
  await using moca = await createTestApp();
  for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  ']) {
    const stats = await ask(moca, 'Query.instagramAccountStats', { authorization: `${scheme} ${adminKey}` });
    expect(stats.code).toBeNull();
    const token = await ask(moca, 'Query.instagramAccessToken', { authorization: `${scheme} ${serviceKey}` });
    expect(token.code).toBe('NOT_FOUND');
  }
});

test('Aliases, fragments and company do not open a field.', async () => {
  await using moca = await createTestApp();
  const queries = [
    '{ authUrl: instagramAccountStats { total } }',
    '{ ...F } fragment F on Query { instagramAccountStats { total } }',
    '{ ... on Query { instagramAccountStats { total } } }',
    '{ authUrl instagramAccountStats { total } }',
    'query A { authUrl } query B { instagramAccountStats { total } }',
  ];
  for (const query of queries) {
    const { code, text } = await postOperation(moca, {
      query,
      operationName: query.includes('B {') ? 'B' : null,
    });
    expect(code).toBe('UNAUTHENTICATED');
    expect(text).not.toContain('"total":');
  }
});
