import { expect, test } from 'vitest';
import {
  DisconnectInstagramAccountDocument,
  InstagramAccessTokenDocument,
} from '../../src/generated/graphql.js';
import { DAY, HOUR } from '../../src/time.js';
import { runSql } from '../support/sql.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

async function readToken(moca: TestApp, accountId: string) {
  const { instagramAccessToken } = await moca.service.send(InstagramAccessTokenDocument, { accountId });
  return instagramAccessToken;
}

/** What Meta answers who shows the token. */
async function askMeta(base: string, token: string): Promise<Response> {
  return fetch(`${base}/v21.0/me?access_token=${token}`);
}

test('A service gets the page token that Meta gave out, and Meta takes it.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const { accessToken, kind, expiresAt } = await readToken(moca, accountId);
  expect({ kind, expiresAt }).toEqual({ kind: 'PAGE', expiresAt: null });
  expect(moca.sandbox.ledger.secrets()).toContain(accessToken);
  expect((await askMeta(moca.sandbox.hosts.facebookGraph, accessToken)).status).toBe(200);
});

test('A service gets the very long-lived token that the last exchange minted, with its expiry.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId, tokenStatus } = await moca.connect('page-token');
  const { accessToken, kind, expiresAt } = await readToken(moca, accountId);
  expect({ kind, expiresAt }).toEqual({ kind: 'LONG_LIVED', expiresAt: tokenStatus.expiresAt });
  expect(accessToken).toBe(moca.sandbox.ledger.last({ endpoint: 'ig_exchange_token' })?.granted);
  expect((await askMeta(moca.sandbox.hosts.instagramGraph, accessToken)).status).toBe(200);
});

test('A token that is read shows up in no log line, and is not asked for at Meta.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  moca.sandbox.ledger.clear();
  const { accessToken } = await readToken(moca, accountId);
  expect(moca.log.join('')).not.toContain(accessToken);
  expect(moca.sandbox.ledger.calls()).toEqual([]);
});

test('A token that has expired is not given out, from the very time of its expiry.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId, tokenStatus } = await moca.connect('page-token');
  const expiry = new Date(tokenStatus.expiresAt ?? 0);
  // Less than seven days before its end a reader has it renewed: here Meta is away.
  moca.sandbox.faults.inject({ fault: 'html_502', endpoint: 'refresh_access_token' });
  moca.clock.set(new Date(expiry.getTime() - HOUR));
  expect((await readToken(moca, accountId)).expiresAt).toBe(expiry.toISOString());
  moca.clock.set(expiry);
  const { extensions } = await moca.service.fail(InstagramAccessTokenDocument, { accountId });
  expect(extensions).toMatchObject({ code: 'REAUTHORIZATION_REQUIRED', retryable: false });
  expect(extensions.userAction).toEqual(expect.any(String));
});

test('A short-lived token is given out while it lives, and no longer than two hours.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('short-lived-only');
  expect((await readToken(moca, accountId)).kind).toBe('SHORT_LIVED');
  moca.clock.advance(2 * HOUR);
  const { extensions } = await moca.service.fail(InstagramAccessTokenDocument, { accountId });
  expect(extensions.code).toBe('REAUTHORIZATION_REQUIRED');
});

test.each(['EXPIRED', 'REVOKED'])(
  'A token that Meta ended as %s is not given out, though its time is not over.',
  async (end) => {
    await using moca = await createTestApp();
    const { accountId } = await moca.connect('page-token');
    await runSql(moca, `update instagram_account set token_end = '${end}'`);
    const { extensions, message } = await moca.service.fail(InstagramAccessTokenDocument, { accountId });
    expect(extensions.code).toBe('REAUTHORIZATION_REQUIRED');
    expect(message).toContain(end);
  },
);

test('A disconnected account and an unknown one have no token to give.', async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  await moca.admin.send(DisconnectInstagramAccountDocument, { accountId });
  const disconnected = await moca.service.fail(InstagramAccessTokenDocument, { accountId });
  expect(disconnected.extensions.code).toBe('REAUTHORIZATION_REQUIRED');
  for (const unknown of ['404', '', ' ', accountId.slice(1), `${accountId}0`]) {
    const { extensions } = await moca.service.fail(InstagramAccessTokenDocument, { accountId: unknown });
    expect(extensions.code).toBe('NOT_FOUND');
  }
});

test("A token that was moved to another account's row does not open there, and is not given out.", async () => {
  await using moca = await createTestApp();
  const { accountId } = await moca.connect('page-token');
  const { accountId: other } = await moca.connect('page-token#2');
  const { accessToken } = await readToken(moca, other);
  await runSql(
    moca,
    `update instagram_account set access_token = (select access_token from instagram_account where account_id = '${other}') where account_id = '${accountId}'`,
  );
  const { extensions, message } = await moca.service.fail(InstagramAccessTokenDocument, { accountId });
  expect(extensions.code).toBe('INTERNAL_SERVER_ERROR');
  expect(message).not.toContain(accessToken);
  expect((await readToken(moca, other)).accessToken).toBe(accessToken);
});

test('A long-lived token stays readable over a restart.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  const before = await readToken(moca, accountId);
  await moca.restart();
  moca.clock.advance(30 * DAY);
  expect(await readToken(moca, accountId)).toEqual(before);
});
