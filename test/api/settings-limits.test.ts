import { expect, test } from 'vitest';
import {
  AccountHistoryDocument,
  InstagramAccountDocument,
  UpdateInstagramAccountSettingsDocument,
} from '../../src/generated/graphql.js';
import { anAccount, seedAccounts } from '../support/accounts.js';
import { post } from '../support/http.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';

const LIMIT_BYTES = 16 * 1024;
const fields = ['systemPrompt', 'toneOfVoice', 'keyInformation'] as const;

async function oneAccount(moca: TestApp): Promise<string> {
  const account = anAccount();
  await seedAccounts(moca, [account]);
  return account.accountId;
}

/** What an account has after it was left alone. */
async function expectUntouched(moca: TestApp, accountId: string): Promise<void> {
  const { instagramAccount } = await moca.admin.send(InstagramAccountDocument, { accountId });
  expect(instagramAccount?.settings).toEqual({
    systemPrompt: null,
    toneOfVoice: null,
    keyInformation: null,
    version: 1,
  });
  const history = await moca.admin.send(AccountHistoryDocument, { accountId });
  expect(history.instagramAccount?.history.edges).toEqual([]);
}

test('Each field takes exactly 16 kB of UTF-8, whatever its characters, and all three together.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  const texts = ['x'.repeat(LIMIT_BYTES), 'é'.repeat(LIMIT_BYTES / 2), '🍫'.repeat(LIMIT_BYTES / 4)];
  for (const text of texts) {
    for (const field of fields) {
      const settings = { [field]: text };
      const { updateInstagramAccountSettings } = await moca.admin.send(
        UpdateInstagramAccountSettingsDocument,
        {
          accountId,
          settings,
        },
      );
      expect(updateInstagramAccountSettings.settings[field]).toBe(text);
    }
  }
  const [text = ''] = texts;
  const all = { systemPrompt: text, toneOfVoice: text, keyInformation: text };
  const { updateInstagramAccountSettings } = await moca.admin.send(UpdateInstagramAccountSettingsDocument, {
    accountId,
    settings: all,
  });
  expect(updateInstagramAccountSettings.settings).toMatchObject(all);
});

test.each([
  { what: 'quotation marks', text: '"'.repeat(LIMIT_BYTES), write: JSON.stringify },
  {
    what: 'letters that are written as escapes',
    text: 'é'.repeat(LIMIT_BYTES / 2),
    write: (body: object) => JSON.stringify(body).replaceAll('é', String.raw`\u00e9`),
  },
])('All three fields may be full of $what, which JSON writes at length.', async ({ text, write }) => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  const settings = { systemPrompt: text, toneOfVoice: text, keyInformation: text };
  const body = write({
    query: UpdateInstagramAccountSettingsDocument.toString(),
    variables: { accountId, settings },
  });
  const answer = await post(moca, body, { authorization: `Bearer ${testSecrets.adminKey}` });
  expect(answer).toMatchObject({ status: 200, code: null });
});

test('One byte more is refused for each field, counted in bytes and not in characters.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  const texts = [
    'x'.repeat(LIMIT_BYTES + 1),
    `x${'é'.repeat(LIMIT_BYTES / 2)}`,
    `x${'🍫'.repeat(LIMIT_BYTES / 4)}`,
    '日'.repeat(LIMIT_BYTES / 3 + 1),
  ];
  for (const text of texts) {
    for (const field of fields) {
      const { extensions, message } = await moca.admin.fail(UpdateInstagramAccountSettingsDocument, {
        accountId,
        settings: { [field]: text },
      });
      expect(extensions.code).toBe('BAD_USER_INPUT');
      expect(message).toBe(`settings.${field}: has more than 16384 bytes.`);
    }
  }
  await expectUntouched(moca, accountId);
});

test('One bad field refuses the whole input: the good ones are not written either.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  const settings = { systemPrompt: 'good', keyInformation: 'x'.repeat(LIMIT_BYTES + 1) };
  const { extensions } = await moca.admin.fail(UpdateInstagramAccountSettingsDocument, {
    accountId,
    settings,
  });
  expect(extensions.code).toBe('BAD_USER_INPUT');
  await expectUntouched(moca, accountId);
});

test('A NUL and half a surrogate pair are refused, for they are not text that every database holds.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  for (const text of ['\0', 'a\0b', '\uD83C', '\uDF6B\uD83C', 'x\uDC00']) {
    for (const field of fields) {
      const { extensions } = await moca.admin.fail(UpdateInstagramAccountSettingsDocument, {
        accountId,
        settings: { [field]: text },
      });
      expect(extensions.code).toBe('BAD_USER_INPUT');
    }
  }
  await expectUntouched(moca, accountId);
});

test('Keys that reach for prototypes are refused, and pollute nothing.', async () => {
  await using moca = await createTestApp();
  const accountId = await oneAccount(moca);
  const query = JSON.stringify(UpdateInstagramAccountSettingsDocument.toString());
  const inputs = [
    '{"__proto__":{"polluted":"yes"}}',
    '{"systemPrompt":"x","__proto__":{"systemPrompt":"y"}}',
    '{"constructor":{"prototype":{"polluted":"yes"}}}',
    '{"prototype":{"polluted":"yes"}}',
    '{"\\u005f_proto__":{"polluted":"yes"}}',
  ];
  for (const settings of inputs) {
    const body = `{"query":${query},"variables":{"accountId":"${accountId}","settings":${settings}}}`;
    const answer = await post(moca, body, { authorization: `Bearer ${testSecrets.adminKey}` });
    expect(answer.status).toBe(400);
    expect(answer.code).toBe('BAD_USER_INPUT');
  }
  expect('polluted' in {}).toBe(false);
  await expectUntouched(moca, accountId);
});
