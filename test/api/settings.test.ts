import { expect, test } from 'vitest';
import { InstagramAccount } from '../../src/accounts/instagram-account.entity.js';
import {
  AccountHistoryDocument,
  InstagramAccountDocument,
  UpdateInstagramAccountSettingsDocument,
  type InstagramAccountSettingsInput,
} from '../../src/generated/graphql.js';
import { anAccount, seedAccounts } from '../support/accounts.js';
import { runSql } from '../support/sql.js';
import { openAt } from '../support/databases.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

async function oneAccount(moca: TestApp): Promise<string> {
  const account = anAccount();
  await seedAccounts(moca, [account]);
  return account.accountId;
}

async function update(
  moca: TestApp,
  accountId: string,
  settings: InstagramAccountSettingsInput,
  expectedVersion?: number,
) {
  const { updateInstagramAccountSettings } = await moca.admin.send(UpdateInstagramAccountSettingsDocument, {
    accountId,
    settings,
    expectedVersion,
  });
  return updateInstagramAccountSettings.settings;
}

async function stored(moca: TestApp, accountId: string) {
  const { instagramAccount } = await moca.admin.send(InstagramAccountDocument, { accountId });
  return instagramAccount?.settings;
}

async function eventsOf(moca: TestApp, accountId: string) {
  const { instagramAccount } = await moca.admin.send(AccountHistoryDocument, { accountId });
  return instagramAccount?.history.edges.map(({ node }) => node) ?? [];
}

test('A field that is left out stays as it is, null clears it, and an empty text is a text.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  const first = await update(moca, accountId, { systemPrompt: 'Be brief.', toneOfVoice: 'Warm' });
  expect(first).toEqual({ systemPrompt: 'Be brief.', toneOfVoice: 'Warm', keyInformation: null, version: 2 });
  const second = await update(moca, accountId, { toneOfVoice: null, keyInformation: '' });
  expect(second).toEqual({ systemPrompt: 'Be brief.', toneOfVoice: null, keyInformation: '', version: 3 });
  expect(await stored(moca, accountId)).toEqual(second);
});

test('Settings come back character for character.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  const systemPrompt = ' \t"Ünïcödé" 🍫 日本\r\n\\n {{x}} <script>$1 \u0001\u2028\uFEFF ';
  expect(await update(moca, accountId, { systemPrompt })).toMatchObject({ systemPrompt });
  expect(await stored(moca, accountId)).toMatchObject({ systemPrompt });
});

test('An empty input changes nothing: neither the version, nor the time of change, nor the history.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  await update(moca, accountId, { systemPrompt: 'Be brief.' });
  const read = () => moca.admin.send(InstagramAccountDocument, { accountId });
  const before = await read();
  moca.clock.advance(60_000);
  expect(await update(moca, accountId, {})).toEqual(before.instagramAccount?.settings);
  expect(await update(moca, accountId, {}, 2)).toMatchObject({ version: 2 });
  expect(await read()).toEqual(before);
  expect(await eventsOf(moca, accountId)).toHaveLength(1);
});

test('Each change leaves exactly one event that names the admin, the fields and no text of theirs.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  await update(moca, accountId, { keyInformation: 'canary-text', systemPrompt: null });
  moca.clock.advance(1_000);
  await update(moca, accountId, { toneOfVoice: 'canary-text' });
  const at = moca.clock.now().toISOString();
  const events = await eventsOf(moca, accountId);
  expect(events).toEqual([
    expect.objectContaining({
      type: 'settings_changed',
      actor: 'admin:ada',
      at,
      detail: 'toneOfVoice changed; version 3.',
    }),
    expect.objectContaining({
      type: 'settings_changed',
      actor: 'admin:ada',
      detail: 'systemPrompt, keyInformation changed; version 2.',
    }),
  ]);
  const { instagramAccount } = await moca.admin.send(InstagramAccountDocument, { accountId });
  expect(instagramAccount?.updatedAt).toBe(at);
  expect(moca.log.join('')).not.toContain('canary-text');
});

test('An update that has seen an older or a made-up version is a CONFLICT and changes nothing.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  await update(moca, accountId, { systemPrompt: 'one' }, 1);
  for (const expectedVersion of [1, 3, 0, -1]) {
    for (const settings of [{ systemPrompt: 'two' }, {}]) {
      const { extensions } = await moca.admin.fail(UpdateInstagramAccountSettingsDocument, {
        accountId,
        settings,
        expectedVersion,
      });
      expect(extensions).toMatchObject({ code: 'CONFLICT', retryable: false });
    }
  }
  expect(await stored(moca, accountId)).toMatchObject({ systemPrompt: 'one', version: 2 });
  expect(await eventsOf(moca, accountId)).toHaveLength(1);
});

test('Of updates at the same time that have seen the same version, exactly one wins.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  const outcomes = await Promise.allSettled(
    ['a', 'b', 'c', 'd', 'e'].map((systemPrompt) => update(moca, accountId, { systemPrompt }, 1)),
  );
  const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(won.map(({ value }) => value)).toEqual([await stored(moca, accountId)]);
  expect(lost.map(({ reason }) => /"code":"(\w+)"/.exec(String(reason))?.[1])).toEqual(
    Array.from({ length: 4 }, () => 'CONFLICT'),
  );
  expect(await eventsOf(moca, accountId)).toHaveLength(1);
});

test('Updates of different fields at the same time lose nothing.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  await Promise.all([
    update(moca, accountId, { systemPrompt: 'a' }),
    update(moca, accountId, { toneOfVoice: 'b' }),
    update(moca, accountId, { keyInformation: 'c' }),
  ]);
  expect(await stored(moca, accountId)).toEqual({
    systemPrompt: 'a',
    toneOfVoice: 'b',
    keyInformation: 'c',
    version: 4,
  });
});

test('An unknown account is NOT_FOUND, with an empty input too, and leaves no event behind.', async () => {
  await using moca = await createTestApp();
  for (const settings of [{ systemPrompt: 'x' }, {}]) {
    const variables = { accountId: '404', settings };
    const { extensions } = await moca.admin.fail(UpdateInstagramAccountSettingsDocument, variables);
    expect(extensions.code).toBe('NOT_FOUND');
  }
  expect(await runSql(moca, 'select * from account_event')).toEqual([]);
});

test('A change whose event cannot be written is not made either.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  const before = await stored(moca, accountId);
  await runSql(moca, 'alter table account_event rename column type to kind');
  const { extensions } = await moca.admin.fail(UpdateInstagramAccountSettingsDocument, {
    accountId,
    settings: { systemPrompt: 'lost' },
  });
  expect(extensions.code).toBe('INTERNAL_SERVER_ERROR');
  expect(await stored(moca, accountId)).toEqual(before);
  await runSql(moca, 'alter table account_event rename column kind to type');
  expect(await update(moca, accountId, { systemPrompt: 'kept' }, 1)).toMatchObject({ version: 2 });
  expect(await eventsOf(moca, accountId)).toHaveLength(1);
});

test('No column but the three settings can be written: the schema refuses every other name.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  await using database = await openAt(moca.databaseUrl);
  const read = () =>
    database.em().findOneOrFail(InstagramAccount, { accountId }, { populate: ['accessToken'] });
  const before = await read();
  const properties = Object.values(database.em().getMetadata(InstagramAccount).properties);
  const names = properties.flatMap(({ name, fieldNames }) => [name, ...fieldNames]);
  const allowed = new Set(['systemPrompt', 'toneOfVoice', 'keyInformation']);
  const forbidden = [...new Set([...names, 'version', 'constructor', 'toString'])].filter(
    (name) => !allowed.has(name),
  );
  expect(forbidden).toContain('accessToken');
  for (const name of forbidden) {
    for (const value of ['hacked', null, 7]) {
      const { extensions } = await moca.admin.failRaw(UpdateInstagramAccountSettingsDocument.toString(), {
        accountId,
        settings: { systemPrompt: 'x', [name]: value },
      });
      expect(extensions.code).toBe('BAD_USER_INPUT');
    }
  }
  expect(await read()).toEqual(before);
});
