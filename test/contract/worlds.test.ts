import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import {
  codeOf,
  exchange,
  exchangeFields,
  facebook,
  fbExchange,
  get,
  igExchange,
  instagram,
  longToken,
  refusal,
  send,
  shortToken,
  type Values,
} from './visitor.js';

const CANNOT_PARSE = {
  status: 400,
  code: 190,
  subcode: undefined,
  message: 'Invalid OAuth access token - Cannot parse access token',
};
const NO_APP_INFO = {
  status: 400,
  code: 101,
  subcode: undefined,
  message: 'Error validating application. Cannot get application info due to a system error.',
};

test('the three apps have credentials of their own, made up anew for each sandbox', async () => {
  await using one = await createSandbox();
  await using other = await createSandbox();
  const all = [one, other].flatMap(({ apps }) => [apps.documented, apps.instagram, apps.facebook]);
  expect(new Set(all.map((app) => app.clientId)).size).toBe(6);
  expect(new Set(all.map((app) => app.clientSecret)).size).toBe(6);
  for (const app of all) {
    expect(app.clientId).toMatch(/^\d{15}$/);
    expect(app.clientSecret).toMatch(/^sandbox-app-secret-\w{30,}$/);
  }
});

test("the Facebook app's id is no platform app to api.instagram.com", async () => {
  await using sandbox = await createSandbox();
  const code = await codeOf(sandbox, 'facebook', 'page-token');
  const fields = exchangeFields(sandbox, 'facebook', code);
  const answer = await send('POST', `${sandbox.hosts.instagramApi}/oauth/access_token`, fields);
  expect(answer.body).toEqual({
    error_type: 'OAuthException',
    code: 400,
    error_message: 'Invalid platform app',
  });
});

test("the Instagram app's id gives 101 on graph.facebook.com, whatever its secret, code or token", async () => {
  await using sandbox = await createSandbox();
  const url = `${sandbox.hosts.facebookGraph}/v21.0/oauth/access_token`;
  const client_id = sandbox.apps.instagram.clientId;
  for (const client_secret of [sandbox.apps.instagram.clientSecret, 'invented']) {
    const grants: readonly Values[] = [
      { grant_type: 'fb_exchange_token', fb_exchange_token: 'junk' },
      { grant_type: 'client_credentials' },
      { code: await codeOf(sandbox, 'instagram', 'page-token'), redirect_uri: 'https://moca.pages.dev/' },
    ];
    for (const grant of grants) {
      expect(refusal(await get(url, { client_id, client_secret, ...grant }))).toEqual(NO_APP_INFO);
    }
  }
});

test('graph.facebook.com judges the app before the token', async () => {
  await using sandbox = await createSandbox();
  const url = `${sandbox.hosts.facebookGraph}/oauth/access_token`;
  const exchangeToken = (client_id: string, client_secret: string) =>
    get(url, { grant_type: 'fb_exchange_token', client_id, client_secret, fb_exchange_token: 'junk' });
  const { clientId, clientSecret } = sandbox.apps.facebook;
  expect(refusal(await exchangeToken('42', clientSecret))).toMatchObject({ code: 101 });
  expect(refusal(await exchangeToken(clientId, 'wrong'))).toMatchObject({ code: 1 });
  expect(refusal(await exchangeToken(clientId, clientSecret))).toMatchObject({
    code: 190,
    message: 'Invalid OAuth access token.',
  });
});

test('a code of one world is nothing to the app of another', async () => {
  await using sandbox = await createSandbox();
  const documented = await codeOf(sandbox, 'documented', 'page-token');
  const instagramCode = await codeOf(sandbox, 'instagram', 'page-token');
  expect((await exchange(sandbox, 'instagram', documented)).status).toBe(400);
  expect((await exchange(sandbox, 'documented', instagramCode)).status).toBe(400);
  expect((await exchange(sandbox, 'facebook', documented)).status).toBe(400);
  expect((await exchange(sandbox, 'documented', documented)).status).toBe(200);
});

test("the documented world's code cannot be redeemed at graph.facebook.com", async () => {
  await using sandbox = await createSandbox();
  const code = await codeOf(sandbox, 'documented', 'page-token');
  const fields = exchangeFields(sandbox, 'documented', code);
  const answer = await get(`${sandbox.hosts.facebookGraph}/v21.0/oauth/access_token`, fields);
  expect(refusal(answer)).toMatchObject({ status: 400, code: 100 });
});

test('an IGAA token cannot be parsed on graph.facebook.com, nor an EAA token on graph.instagram.com', async () => {
  await using sandbox = await createSandbox();
  const igaa = await shortToken(sandbox, 'documented', 'code-101');
  const eaa = await shortToken(sandbox, 'documented', 'page-token');
  for (const path of ['me', 'me/accounts', 'me/permissions', 'me/businesses', '104850310000011']) {
    expect(refusal(await facebook(sandbox, path, igaa))).toEqual(CANNOT_PARSE);
  }
  expect(refusal(await instagram(sandbox, 'me', eaa))).toEqual(CANNOT_PARSE);
  expect(refusal(await igExchange(sandbox, 'documented', eaa))).toEqual(CANNOT_PARSE);
  expect(
    refusal(await instagram(sandbox, 'refresh_access_token', eaa, { grant_type: 'ig_refresh_token' })),
  ).toEqual(CANNOT_PARSE);
});

test('an IGAA token gives 101 at fb_exchange_token in the documented world, and cannot be parsed in the other', async () => {
  await using sandbox = await createSandbox();
  const documented = await shortToken(sandbox, 'documented', 'code-101');
  const pure = await shortToken(sandbox, 'instagram', 'code-101');
  expect(refusal(await fbExchange(sandbox, 'documented', documented))).toEqual(NO_APP_INFO);
  expect(refusal(await fbExchange(sandbox, 'facebook', pure))).toEqual(CANNOT_PARSE);
  expect((await igExchange(sandbox, 'documented', documented)).status).toBe(200);
});

test("a token works only with its own app's secret", async () => {
  await using sandbox = await createSandbox();
  const igaa = await shortToken(sandbox, 'instagram', 'page-token');
  expect(refusal(await igExchange(sandbox, 'documented', igaa))).toMatchObject({ code: 1 });
  expect(refusal(await igExchange(sandbox, 'facebook', igaa))).toMatchObject({ code: 1 });
  const eaa = await shortToken(sandbox, 'facebook', 'page-token');
  expect(refusal(await fbExchange(sandbox, 'documented', eaa))).toMatchObject({ code: 190 });
});

test('one person has one professional account in all worlds, and an app-scoped id in each', async () => {
  await using sandbox = await createSandbox({ profileShape: 'flat_string' });
  const profile = async (world: 'documented' | 'instagram') =>
    (await instagram(sandbox, 'me', await longToken(sandbox, world, 'code-101'), { fields: 'id,user_id' }))
      .body;
  const [inDocumented, inInstagram] = [await profile('documented'), await profile('instagram')];
  expect(inDocumented.user_id).toBe(inInstagram.user_id);
  expect(inDocumented.id).not.toBe(inInstagram.id);

  const token = await longToken(sandbox, 'facebook', 'page-token');
  const pages = await facebook(sandbox, 'me/accounts', token, { fields: 'instagram_business_account' });
  const viaPage = pages.body.data[0].instagram_business_account.id;
  const viaInstagram = await longToken(sandbox, 'instagram', 'page-token');
  expect((await instagram(sandbox, 'me', viaInstagram, { fields: 'user_id' })).body.user_id).toBe(viaPage);
  expect(viaPage).toMatch(/^1784\d{13}$/);
});

test('a number behind # is another person of the same kind', async () => {
  await using sandbox = await createSandbox({ profileShape: 'flat_string' });
  const ids = new Set<string>();
  for (const persona of ['code-101', 'code-101#1', 'code-101#2', 'code-101#100000']) {
    const token = await longToken(sandbox, 'instagram', persona);
    const { body } = await instagram(sandbox, 'me', token, { fields: 'id,user_id,username' });
    for (const id of [body.id, body.user_id]) {
      expect(BigInt(id) % 2n).toBe(1n);
      expect(BigInt(id)).toBeGreaterThan(2n ** 53n);
    }
    for (const value of [body.id, body.user_id, body.username]) ids.add(value);
  }
  expect(ids.size).toBe(12);
});
