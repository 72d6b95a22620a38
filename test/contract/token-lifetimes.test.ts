import { expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { DAY, HOUR, MINUTE } from '../../src/time.js';
import {
  facebook,
  fbExchange,
  igExchange,
  igRefresh,
  instagram,
  longToken,
  refusal,
  shortToken,
  tokenIn,
} from './visitor.js';

const EXPIRED = { status: 400, code: 190, subcode: 463 };

test('a short-lived token of either family lives one hour and cannot be exchanged after it', async () => {
  await using sandbox = await createSandbox();
  const igaa = await shortToken(sandbox, 'instagram', 'page-token');
  const eaa = await shortToken(sandbox, 'facebook', 'page-token');
  sandbox.clock.advance(HOUR - MINUTE);
  expect((await instagram(sandbox, 'me', igaa)).status).toBe(200);
  expect((await facebook(sandbox, 'me', eaa)).status).toBe(200);
  sandbox.clock.advance(MINUTE);
  expect(refusal(await instagram(sandbox, 'me', igaa))).toMatchObject(EXPIRED);
  expect(refusal(await igExchange(sandbox, 'instagram', igaa))).toMatchObject(EXPIRED);
  expect(refusal(await facebook(sandbox, 'me', eaa))).toMatchObject(EXPIRED);
  expect(refusal(await fbExchange(sandbox, 'facebook', eaa))).toMatchObject(EXPIRED);
});

test('a long-lived token of either family lives 60 days and says 5183944 seconds', async () => {
  await using sandbox = await createSandbox();
  const igaa = await igExchange(sandbox, 'instagram', await shortToken(sandbox, 'instagram', 'page-token'));
  const eaa = await fbExchange(sandbox, 'facebook', await shortToken(sandbox, 'facebook', 'page-token'));
  expect([igaa.body.expires_in, eaa.body.expires_in]).toEqual([5_183_944, 5_183_944]);
  sandbox.clock.advance(60 * DAY - MINUTE);
  expect((await instagram(sandbox, 'me', tokenIn(igaa))).status).toBe(200);
  expect((await facebook(sandbox, 'me', tokenIn(eaa))).status).toBe(200);
  sandbox.clock.advance(MINUTE);
  expect(refusal(await instagram(sandbox, 'me', tokenIn(igaa)))).toMatchObject(EXPIRED);
  expect(refusal(await igRefresh(sandbox, tokenIn(igaa)))).toMatchObject(EXPIRED);
  expect(refusal(await facebook(sandbox, 'me', tokenIn(eaa)))).toMatchObject(EXPIRED);
});

test('an expired session says when it expired and what time it is', async () => {
  await using sandbox = await createSandbox();
  sandbox.clock.set(new Date('2026-11-22T10:00:00Z'));
  const token = await shortToken(sandbox, 'instagram', 'page-token');
  sandbox.clock.set(new Date('2026-11-25T11:30:00Z'));
  expect(refusal(await instagram(sandbox, 'me', token)).message).toMatch(
    /^Error validating access token: Session has expired on Sunday, 22-Nov-26 11:00:0\d UTC\. The current time is Wednesday, 25-Nov-26 11:30:0\d UTC\.$/,
  );
});

test('a token under 24 hours cannot be refreshed, and one of 24 hours gets 60 days from then', async () => {
  await using sandbox = await createSandbox();
  const first = await longToken(sandbox, 'instagram', 'page-token');
  sandbox.clock.advance(DAY - MINUTE);
  expect(refusal(await igRefresh(sandbox, first))).toMatchObject({ status: 400, code: 100 });
  sandbox.clock.advance(MINUTE);
  const refreshed = await igRefresh(sandbox, first);
  expect(refreshed.body).toMatchObject({ token_type: 'bearer', expires_in: 5_183_944 });
  const second = tokenIn(refreshed);
  expect(refusal(await igRefresh(sandbox, second))).toMatchObject({ code: 100 });
  sandbox.clock.advance(60 * DAY - MINUTE);
  expect(refusal(await instagram(sandbox, 'me', first))).toMatchObject(EXPIRED);
  expect((await instagram(sandbox, 'me', second)).status).toBe(200);
});

test('a refresh needs no secret, and a short-lived token cannot be refreshed at all', async () => {
  await using sandbox = await createSandbox();
  const short = await shortToken(sandbox, 'instagram', 'page-token');
  sandbox.clock.advance(30 * MINUTE);
  expect(refusal(await igRefresh(sandbox, short))).toMatchObject({ status: 400, code: 100 });
  expect(sandbox.ledger.last({ endpoint: 'refresh_access_token' })?.params).not.toHaveProperty(
    'client_secret',
  );
});

test('a page token of a long-lived user token outlives it, one of a short-lived user token does not', async () => {
  await using sandbox = await createSandbox();
  const short = await shortToken(sandbox, 'facebook', 'page-token');
  const long = tokenIn(await fbExchange(sandbox, 'facebook', short));
  const [ofShort, ofLong] = [await pageOf(sandbox, short), await pageOf(sandbox, long)];
  expect(ofShort.access_token).not.toBe(ofLong.access_token);
  sandbox.clock.advance(HOUR);
  expect(refusal(await facebook(sandbox, ofShort.id, ofShort.access_token))).toMatchObject(EXPIRED);
  sandbox.clock.advance(400 * DAY);
  expect(refusal(await facebook(sandbox, 'me', long))).toMatchObject(EXPIRED);
  expect((await facebook(sandbox, ofLong.id, ofLong.access_token)).status).toBe(200);
});

test('asking again for the pages gives the same page token', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'page-token');
  expect((await pageOf(sandbox, token)).access_token).toBe((await pageOf(sandbox, token)).access_token);
});

test.for([
  [458, true, true, 'The user has not authorized application'],
  [459, true, false, 'You cannot access the app till you log in to www.facebook.com'],
  [460, true, true, 'The session has been invalidated because the user changed their password'],
  [463, true, false, 'Session has expired on'],
  [464, true, false, 'not a confirmed user'],
  [467, true, false, 'the user logged out'],
  [492, false, true, 'role on this Page'],
] as const)(
  'revocation %i kills user tokens: %s, page tokens: %s',
  async ([subcode, killsUser, killsPage, text]) => {
    await using sandbox = await createSandbox();
    const eaa = await longToken(sandbox, 'facebook', 'page-token');
    const igaa = await longToken(sandbox, 'instagram', 'page-token');
    const page = await pageOf(sandbox, eaa);
    sandbox.revoke('page-token', subcode);
    const answers = {
      eaa: await facebook(sandbox, 'me', eaa),
      igaa: await instagram(sandbox, 'me', igaa),
      page: await facebook(sandbox, page.id, page.access_token),
    };
    expect([answers.eaa.status, answers.igaa.status]).toEqual(killsUser ? [400, 400] : [200, 200]);
    expect(answers.page.status).toBe(killsPage ? 400 : 200);
    for (const answer of Object.values(answers).filter(({ status }) => status === 400)) {
      expect(refusal(answer)).toMatchObject({ code: 190, subcode, message: expect.stringContaining(text) });
    }
  },
);

test("a revocation leaves other people's tokens alone, and a new consent gives tokens that live", async () => {
  await using sandbox = await createSandbox();
  const mine = await longToken(sandbox, 'instagram', 'code-101');
  const other = await longToken(sandbox, 'instagram', 'code-101#1');
  sandbox.revoke('code-101', 460);
  expect((await instagram(sandbox, 'me', mine)).status).toBe(400);
  expect((await instagram(sandbox, 'me', other)).status).toBe(200);
  const again = await longToken(sandbox, 'instagram', 'code-101');
  expect((await instagram(sandbox, 'me', again)).status).toBe(200);
  expect((await instagram(sandbox, 'me', mine)).status).toBe(400);
  expect(() => sandbox.revoke('code-102', 460)).toThrow(TypeError);
});

async function pageOf(sandbox: Sandbox, token: string): Promise<{ id: string; access_token: string }> {
  return (await facebook(sandbox, 'me/accounts', token)).body.data[0];
}

test('a dead page token is not replaced by asking for the pages again', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'page-token');
  const page = await pageOf(sandbox, token);
  sandbox.revoke('page-token', 492);
  const again = await pageOf(sandbox, token);
  expect(again.access_token).toBe(page.access_token);
  expect(refusal(await facebook(sandbox, page.id, again.access_token))).toMatchObject({
    code: 190,
    subcode: 492,
  });
});

test('the removal of an app is told with the id of that app', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'instagram', 'page-token');
  sandbox.revoke('page-token', 458);
  expect(refusal(await instagram(sandbox, 'me', token)).message).toBe(
    `Error validating access token: The user has not authorized application ${sandbox.apps.instagram.clientId}.`,
  );
});
