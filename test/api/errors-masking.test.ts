import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  AuthUrlDocument,
  InstagramAccountDocument,
  InstagramAccountsDocument,
  UpdateInstagramAccountSettingsDocument,
} from '../../src/generated/graphql.js';
import { eventually } from '../support/eventually.js';
import { postOperation } from '../support/http.js';
import { runSql } from '../support/sql.js';
import { createTestApp, testSecrets, type TestApp } from '../support/test-app.js';

const asAdmin = { authorization: `Bearer ${testSecrets.adminKey}` };
const mint = (): string => `canary${randomBytes(12).toString('hex')}`;

/** Every statement about accounts fails from now on, with a message that holds the statement. */
async function breakAccounts(moca: TestApp): Promise<void> {
  await runSql(moca, 'alter table instagram_account rename to gone');
}

test('What nobody expected is masked: only an id is told, and the log has the rest under it.', async () => {
  await using moca = await createTestApp();
  await breakAccounts(moca);
  const { message, extensions } = await moca.admin.fail(InstagramAccountDocument, { accountId: '1' });
  expect(message).toBe('Internal server error.');
  expect(extensions).toEqual({
    code: 'INTERNAL_SERVER_ERROR',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    retryable: false,
    userAction: expect.stringContaining('id'),
  });
  const lines = moca.log.filter((line) => line.includes(extensions.id ?? ''));
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 50,
    errorId: extensions.id,
    path: ['instagramAccount'],
    err: {
      message: expect.stringMatching(/no such table|relation "instagram_account" does not exist/),
      stack: expect.stringContaining('    at '),
    },
  });
});

test('Every masked error has an id of its own.', async () => {
  await using moca = await createTestApp();
  await breakAccounts(moca);
  const query = '{ a: instagramAccountStats { total } b: instagramAccountStats { total } }';
  const { text } = await postOperation(moca, { query }, asAdmin);
  const { errors } = JSON.parse(text) as { errors: Array<{ extensions: { id: string } }> };
  expect(new Set(errors.map(({ extensions }) => extensions.id)).size).toBe(errors.length);
  for (const { extensions } of errors) expect(moca.log.join('')).toContain(extensions.id);
});

test('A masked error is logged with the request that it came of.', async () => {
  await using moca = await createTestApp();
  await breakAccounts(moca);
  const failures = await Promise.all(
    ['1', '2'].map((accountId) => moca.admin.fail(InstagramAccountDocument, { accountId })),
  );
  // A request's own line comes when its answer is out.
  const requests = await eventually(() => {
    const lines = moca.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    return failures.map(({ extensions }) => {
      const masked = lines.find(({ errorId }) => errorId === extensions.id);
      const own = lines.filter(
        ({ msg, requestId }) => msg === 'request' && requestId === masked?.['requestId'],
      );
      expect(own).toMatchObject([{ path: '/graphql', status: 200 }]);
      return own;
    });
  });
  expect(requests[0]).not.toEqual(requests[1]);
});

test('No value of the request gets into the answer or the log by way of a failing statement.', async () => {
  await using moca = await createTestApp();
  await breakAccounts(moca);
  const canaries = Array.from({ length: 4 }, mint);
  const [id = '', text = '', name = '', cursor = ''] = canaries;
  const failures = [
    await moca.admin.fail(InstagramAccountDocument, { accountId: id }),
    await moca.admin.fail(UpdateInstagramAccountSettingsDocument, {
      accountId: id,
      settings: { systemPrompt: text, keyInformation: `${text} - ${text}` },
    }),
    await moca.admin.fail(InstagramAccountsDocument, { filter: { accountNameContains: name } }),
    await moca.admin.fail(InstagramAccountsDocument, {
      orderBy: 'NAME_ASC',
      after: Buffer.from(JSON.stringify(['NAME_ASC', cursor, '1'])).toString('base64url'),
    }),
  ];
  const log = moca.log.join('');
  for (const { message, extensions } of failures) {
    expect(extensions.code).toBe('INTERNAL_SERVER_ERROR');
    for (const canary of canaries) expect(message + JSON.stringify(extensions)).not.toContain(canary);
  }
  for (const canary of canaries) expect(log).not.toContain(canary);
});

test('A masked error carries no stack, path of a file, or word of the database.', async () => {
  await using moca = await createTestApp();
  await breakAccounts(moca);
  const { text, status } = await postOperation(
    moca,
    { query: '{ instagramAccounts { totalCount } }' },
    asAdmin,
  );
  expect(text).not.toMatch(
    /sqlite|postgres|select|no such table|relation|instagram_account|node_modules|\.js|\.ts|stack/i,
  );
  expect(status).toBeLessThan(500);
});

test('One masked field leaves the rest of the answer as it is.', async () => {
  await using moca = await createTestApp();
  await breakAccounts(moca);
  const query = '{ authUrl instagramAccount(accountId: "1") { accountId } }';
  const { text } = await postOperation(moca, { query }, asAdmin);
  expect(JSON.parse(text)).toMatchObject({
    data: { authUrl: expect.stringContaining('https://'.slice(0, 4)), instagramAccount: null },
    errors: [{ path: ['instagramAccount'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
  });
});

test('The server goes on after an unexpected error.', async () => {
  await using moca = await createTestApp();
  await breakAccounts(moca);
  await moca.admin.fail(InstagramAccountsDocument, {});
  await runSql(moca, 'alter table gone rename to instagram_account');
  await expect(moca.admin.send(InstagramAccountsDocument, {})).resolves.toBeDefined();
  await expect(moca.visitor.send(AuthUrlDocument, {})).resolves.toBeDefined();
});
