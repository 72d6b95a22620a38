import { expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { DAY } from '../../src/time.js';
import {
  facebook,
  get,
  instagram,
  longToken,
  proofOf,
  refusal,
  scopesOf,
  send,
  shortToken,
} from './visitor.js';

function inspect(sandbox: Sandbox, input_token: string) {
  const { clientId, clientSecret } = sandbox.apps.facebook;
  return facebook(sandbox, 'debug_token', `${clientId}|${clientSecret}`, { input_token });
}

test('debug_token tells whose, what kind and until when', async () => {
  await using sandbox = await createSandbox();
  const now = new Date('2026-11-22T12:00:00Z');
  sandbox.clock.set(now);
  const token = await longToken(sandbox, 'facebook', 'page-token');
  const { data } = (await inspect(sandbox, token)).body;
  expect(data).toMatchObject({ app_id: sandbox.apps.facebook.clientId, type: 'USER', is_valid: true });
  expect(data.scopes).toEqual(scopesOf.facebook.split(','));
  expect(data.user_id).toBe((await facebook(sandbox, 'me', token)).body.id);
  const seconds = (date: Date, days: number) => Math.floor((date.getTime() + days * DAY) / 1_000);
  // The sandbox's clock goes on while the test runs.
  expect(data.expires_at - seconds(now, 60)).toBeLessThan(60);
  expect(data.data_access_expires_at - seconds(now, 90)).toBeLessThan(60);
  expect(data.issued_at).toBeGreaterThanOrEqual(seconds(now, 0));
});

test('debug_token knows a page token by its page and says that it never expires', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'page-token');
  const [page] = (await facebook(sandbox, 'me/accounts', token)).body.data;
  expect((await inspect(sandbox, page.access_token)).body.data).toMatchObject({
    type: 'PAGE',
    profile_id: page.id,
    expires_at: 0,
    is_valid: true,
  });
});

test('debug_token answers 200 for a dead, an Instagram and an invented token, and says what is wrong', async () => {
  await using sandbox = await createSandbox();
  const dead = await longToken(sandbox, 'facebook', 'page-token');
  const igaa = await longToken(sandbox, 'instagram', 'page-token');
  sandbox.revoke('page-token', 460);
  const revoked = await inspect(sandbox, dead);
  expect(revoked.status).toBe(200);
  expect(revoked.body.data).toMatchObject({ is_valid: false, error: { code: 190, subcode: 460 } });
  for (const token of [igaa, 'junk']) {
    const answer = await inspect(sandbox, token);
    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual({
      is_valid: false,
      scopes: [],
      error: { code: 190, message: 'Invalid OAuth access token - Cannot parse access token' },
    });
  }
});

test('debug_token takes the app token of the right app only', async () => {
  await using sandbox = await createSandbox();
  const { facebook: app, instagram: instagramApp, documented } = sandbox.apps;
  const input_token = await longToken(sandbox, 'facebook', 'page-token');
  const ask = async (token: string) =>
    refusal(await facebook(sandbox, 'debug_token', token, { input_token }));
  expect(await ask(`${app.clientId}|wrong`)).toMatchObject({ code: 190 });
  expect(await ask(`1|${app.clientSecret}`)).toMatchObject({ code: 101 });
  expect(await ask(`${instagramApp.clientId}|${instagramApp.clientSecret}`)).toMatchObject({ code: 101 });
  expect(await ask(`${documented.clientId}|${documented.clientSecret}`)).toMatchObject({ code: 100 });
  expect((await facebook(sandbox, 'debug_token', input_token, { input_token })).status).toBe(200);
});

test('the app token can be asked for', async () => {
  await using sandbox = await createSandbox();
  const { clientId, clientSecret } = sandbox.apps.facebook;
  const answer = await get(`${sandbox.hosts.facebookGraph}/oauth/access_token`, {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  });
  expect(answer.body).toEqual({ access_token: `${clientId}|${clientSecret}`, token_type: 'bearer' });
});

test('me/permissions tells what was granted and what was declined', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'documented', 'declined-scope');
  const { data } = (await facebook(sandbox, 'me/permissions', token)).body;
  expect(data).toHaveLength(7);
  expect(data.filter((entry: { status: string }) => entry.status === 'declined')).toEqual([
    { permission: 'instagram_business_manage_insights', status: 'declined' },
  ]);
});

test('deleting one permission leaves the others, deleting all kills every token of that person and app', async () => {
  await using sandbox = await createSandbox();
  const access_token = await longToken(sandbox, 'facebook', 'page-token');
  const other = await longToken(sandbox, 'facebook', 'page-token#1');
  const elsewhere = await longToken(sandbox, 'documented', 'page-token');
  const [page] = (await facebook(sandbox, 'me/accounts', access_token)).body.data;
  const base = `${sandbox.hosts.facebookGraph}/v21.0/me/permissions`;

  expect((await send('DELETE', `${base}/pages_show_list`, { access_token })).body).toEqual({ success: true });
  expect((await facebook(sandbox, 'me/accounts', access_token)).body).toEqual({ data: [] });
  const { data } = (await facebook(sandbox, 'me/permissions', access_token)).body;
  expect(data.at(-1)).toEqual({ permission: 'pages_show_list', status: 'declined' });

  expect((await send('DELETE', `${base}?access_token=${access_token}`)).body).toEqual({ success: true });
  expect(refusal(await facebook(sandbox, 'me', access_token))).toMatchObject({ code: 190, subcode: 458 });
  expect(refusal(await facebook(sandbox, page.id, page.access_token))).toMatchObject({ subcode: 458 });
  expect((await facebook(sandbox, 'me', other)).status).toBe(200);
  expect((await facebook(sandbox, 'me', elsewhere)).status).toBe(200);
});

test("permissions can be asked for by the person's own id, and by no other", async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'page-token');
  const { id } = (await facebook(sandbox, 'me', token)).body;
  expect((await facebook(sandbox, `${id}/permissions`, token)).status).toBe(200);
  expect(refusal(await facebook(sandbox, '12345/permissions', token))).toMatchObject({
    code: 100,
    subcode: 33,
  });
});

test('a proof must be right for the token that it rides with', async () => {
  await using sandbox = await createSandbox();
  const { clientSecret } = sandbox.apps.facebook;
  const token = await longToken(sandbox, 'facebook', 'page-token');
  const appsecret_proof = proofOf(token, clientSecret);
  const accounts = await facebook(sandbox, 'me/accounts', token, { appsecret_proof });
  expect(accounts.status).toBe(200);
  const [page] = accounts.body.data;
  const ofUser = await facebook(sandbox, page.id, page.access_token, { appsecret_proof });
  expect(refusal(ofUser)).toMatchObject({
    status: 400,
    code: 100,
    message: 'Invalid appsecret_proof provided in the API argument',
  });
  expect(ofUser.body.error.type).toBe('GraphMethodException');
  const own = proofOf(page.access_token, clientSecret);
  expect((await facebook(sandbox, page.id, page.access_token, { appsecret_proof: own })).status).toBe(200);
  const otherApp = proofOf(token, sandbox.apps.documented.clientSecret);
  expect((await facebook(sandbox, 'me', token, { appsecret_proof: otherApp })).status).toBe(400);
});

test('a proof beside fb_exchange_token and on graph.instagram.com must be right too', async () => {
  await using sandbox = await createSandbox();
  const { clientId, clientSecret } = sandbox.apps.facebook;
  const short = await shortToken(sandbox, 'facebook', 'page-token');
  const exchange = (appsecret_proof: string) =>
    get(`${sandbox.hosts.facebookGraph}/oauth/access_token`, {
      grant_type: 'fb_exchange_token',
      client_id: clientId,
      client_secret: clientSecret,
      fb_exchange_token: short,
      appsecret_proof,
    });
  expect((await exchange(proofOf('another token', clientSecret))).status).toBe(400);
  expect((await exchange(proofOf(short, clientSecret))).status).toBe(200);

  const igaa = await longToken(sandbox, 'instagram', 'page-token');
  const me = (secret: string) => instagram(sandbox, 'me', igaa, { appsecret_proof: proofOf(igaa, secret) });
  expect((await me('wrong')).status).toBe(400);
  expect((await me(sandbox.apps.instagram.clientSecret)).status).toBe(200);
});

test('where proofs are required, graph.facebook.com refuses calls without one', async () => {
  await using sandbox = await createSandbox({ requiresAppSecretProof: true });
  const token = await longToken(sandbox, 'facebook', 'page-token');
  expect(refusal(await facebook(sandbox, 'me', token))).toMatchObject({
    code: 100,
    message: 'API calls from the server require an appsecret_proof argument',
  });
  const appsecret_proof = proofOf(token, sandbox.apps.facebook.clientSecret);
  expect((await facebook(sandbox, 'me', token, { appsecret_proof })).status).toBe(200);
});

test('debug_token tells the end of a page token that came from a short-lived one', async () => {
  await using sandbox = await createSandbox();
  const short = await shortToken(sandbox, 'facebook', 'page-token');
  const [page] = (await facebook(sandbox, 'me/accounts', short)).body.data;
  const { data } = (await inspect(sandbox, page.access_token)).body;
  expect(data.expires_at - data.issued_at).toBeLessThanOrEqual(3_600);
  expect(data.expires_at).toBe((await inspect(sandbox, short)).body.data.expires_at);
});

test("a proof beside debug_token is the app token's", async () => {
  await using sandbox = await createSandbox();
  const { clientId, clientSecret } = sandbox.apps.facebook;
  const input_token = await longToken(sandbox, 'facebook', 'page-token');
  const app = `${clientId}|${clientSecret}`;
  const ask = (token: string) =>
    facebook(sandbox, 'debug_token', app, { input_token, appsecret_proof: proofOf(token, clientSecret) });
  expect((await ask(input_token)).status).toBe(400);
  expect((await ask(app)).status).toBe(200);
});
