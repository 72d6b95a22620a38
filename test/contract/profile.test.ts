import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import {
  facebook,
  get,
  igExchange,
  igRefresh,
  instagram,
  longToken,
  refusal,
  send,
  shortToken,
} from './visitor.js';

const ALL_FIELDS = 'id,user_id,username,name,account_type,profile_picture_url';
const UNSUPPORTED = {
  status: 400,
  code: 100,
  subcode: undefined,
  message: 'Unsupported request - method type: get',
};

test('/me comes in four shapes in turn, with the same ids in each', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'instagram', 'page-token');
  const texts: string[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    texts.push((await instagram(sandbox, 'me', token, { fields: 'id,user_id' })).text);
  }
  expect(texts.map((text) => text.replaceAll(/\d{17}/g, '#'))).toEqual([
    '{"id":"#","user_id":"#"}',
    '{"data":[{"id":#,"user_id":#}]}',
    '{"data":[{"id":"#","user_id":"#"}]}',
    '{"id":#,"user_id":#}',
    '{"id":"#","user_id":"#"}',
  ]);
  const ids = texts.map((text) => text.match(/\d{17}/g)?.join());
  expect(new Set(ids).size).toBe(1);
  for (const id of ids[0]?.split(',') ?? []) expect(String(Number(id))).not.toBe(id);
});

test('/me answers the fields that are listed, and id alone when none are', async () => {
  await using sandbox = await createSandbox({ profileShape: 'flat_string' });
  const token = await longToken(sandbox, 'instagram', 'page-token');
  expect(Object.keys((await instagram(sandbox, 'me', token)).body)).toEqual(['id']);
  expect(Object.keys((await instagram(sandbox, 'me', token, { fields: 'username' })).body)).toEqual([
    'username',
  ]);
  const all = (await instagram(sandbox, 'me', token, { fields: ALL_FIELDS })).body;
  expect(all).toEqual({
    id: expect.stringMatching(/^2\d{16}$/),
    user_id: expect.stringMatching(/^1784\d{13}$/),
    username: 'moca_page_token',
    name: 'Café One linked page',
    account_type: 'BUSINESS',
    profile_picture_url: expect.stringContaining('.cdninstagram.com/'),
  });
});

test('an unknown field is refused with code 100', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'instagram', 'page-token');
  const answer = await instagram(sandbox, 'me', token, { fields: 'id,instagram_business_account' });
  expect(refusal(answer)).toMatchObject({ status: 400, code: 100 });
  expect(answer.body.error.type).toBe('IGApiException');
});

test('a profile without name and picture lacks those fields', async () => {
  await using sandbox = await createSandbox({ profileShape: 'flat_string' });
  const token = await shortToken(sandbox, 'instagram', 'short-lived-only');
  const { body } = await instagram(sandbox, 'me', token, { fields: ALL_FIELDS });
  expect(Object.keys(body)).toEqual(['id', 'user_id', 'username', 'account_type']);
});

test('a personal account says so', async () => {
  await using sandbox = await createSandbox({ profileShape: 'flat_string' });
  const token = await longToken(sandbox, 'documented', 'personal-account');
  expect((await instagram(sandbox, 'me', token, { fields: 'account_type' })).body).toEqual({
    account_type: 'PERSONAL',
  });
});

test('the token may come in the Authorization header, on both Graph hosts', async () => {
  await using sandbox = await createSandbox();
  const igaa = await longToken(sandbox, 'instagram', 'page-token');
  const eaa = await longToken(sandbox, 'facebook', 'page-token');
  const atInstagram = await get(
    `${sandbox.hosts.instagramGraph}/me`,
    {},
    { authorization: `Bearer ${igaa}` },
  );
  const atFacebook = await get(`${sandbox.hosts.facebookGraph}/me`, {}, { authorization: `Bearer ${eaa}` });
  expect([atInstagram.status, atFacebook.status]).toEqual([200, 200]);
  expect(sandbox.ledger.last({ endpoint: 'ig_me' })).toMatchObject({ bearer: igaa, persona: 'page-token' });
});

test('an empty token and none at all are an unsupported request on graph.instagram.com', async () => {
  await using sandbox = await createSandbox();
  const base = sandbox.hosts.instagramGraph;
  expect(refusal(await instagram(sandbox, 'me', ''))).toEqual(UNSUPPORTED);
  expect(refusal(await get(`${base}/me`))).toEqual(UNSUPPORTED);
  expect(refusal(await igExchange(sandbox, 'instagram', ''))).toEqual(UNSUPPORTED);
  expect(refusal(await igRefresh(sandbox, ''))).toEqual(UNSUPPORTED);
});

test('graph.instagram.com takes no POST and no DELETE, and says so by their names', async () => {
  await using sandbox = await createSandbox();
  const access_token = await longToken(sandbox, 'instagram', 'page-token');
  const base = sandbox.hosts.instagramGraph;
  expect(refusal(await send('POST', `${base}/refresh_access_token`, { access_token })).message).toBe(
    'Unsupported request - method type: post',
  );
  expect(refusal(await send('DELETE', `${base}/me/permissions`, { access_token })).message).toBe(
    'Unsupported request - method type: delete',
  );
});

test('for a stranger to the app every call to graph.instagram.com is an unsupported request', async () => {
  await using sandbox = await createSandbox();
  for (const world of ['documented', 'instagram'] as const) {
    const token = await shortToken(sandbox, world, 'not-a-tester');
    expect(refusal(await igExchange(sandbox, world, token))).toEqual(UNSUPPORTED);
    expect(refusal(await igRefresh(sandbox, token))).toEqual(UNSUPPORTED);
    expect(refusal(await instagram(sandbox, 'me', token))).toEqual(UNSUPPORTED);
  }
});

test('a junk token cannot be parsed, and no token on graph.facebook.com is an error of its own', async () => {
  await using sandbox = await createSandbox();
  expect(refusal(await instagram(sandbox, 'me', 'IGAAjunk'))).toMatchObject({
    code: 190,
    subcode: undefined,
  });
  expect(refusal(await facebook(sandbox, 'me', 'EAAjunk'))).toMatchObject({ code: 190, subcode: undefined });
  expect(refusal(await get(`${sandbox.hosts.facebookGraph}/me`))).toMatchObject({ status: 400, code: 2500 });
});

test('without the basic permission the profile is refused with code 10, and so is a refresh', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'instagram', 'declined-basic');
  sandbox.clock.advance(25 * 60 * 60 * 1_000);
  expect(refusal(await instagram(sandbox, 'me', token))).toMatchObject({ status: 403, code: 10 });
  expect(refusal(await igRefresh(sandbox, token))).toMatchObject({ status: 403, code: 10 });
});

test('ig_exchange_token tolerates a client_id, and refuses a wrong secret and a long-lived token', async () => {
  await using sandbox = await createSandbox();
  const url = `${sandbox.hosts.instagramGraph}/access_token`;
  const access_token = await shortToken(sandbox, 'instagram', 'page-token');
  const { clientId: client_id, clientSecret: client_secret } = sandbox.apps.instagram;
  const fields = { grant_type: 'ig_exchange_token', client_secret, access_token };
  expect(refusal(await get(url, { ...fields, client_secret: 'wrong' }))).toMatchObject({ code: 1 });
  const exchanged = await get(url, { ...fields, client_id });
  expect(exchanged.status).toBe(200);
  expect((await get(url, { ...fields, access_token: exchanged.body.access_token })).status).toBe(400);
});

test('graph.facebook.com tells who a user token belongs to', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'page-token');
  const { body } = await facebook(sandbox, 'me', token);
  expect(Object.keys(body)).toEqual(['name', 'id']);
  expect(BigInt(body.id) % 2n).toBe(1n);
  expect((await facebook(sandbox, 'me', token, { fields: 'id' })).body).toEqual({ id: body.id });
  expect((await facebook(sandbox, body.id, token, { fields: 'id' })).body).toEqual({ id: body.id });
  expect(refusal(await facebook(sandbox, 'me', token, { fields: 'id,wings' }))).toMatchObject({ code: 100 });
});

test('ig_exchange_token judges the secret before the token, and a proof too', async () => {
  await using sandbox = await createSandbox();
  const url = `${sandbox.hosts.instagramGraph}/access_token`;
  const { clientSecret: client_secret } = sandbox.apps.instagram;
  const fields = { grant_type: 'ig_exchange_token', client_secret, access_token: 'junk' };
  for (const secret of ['wrong', sandbox.apps.facebook.clientSecret]) {
    expect(refusal(await get(url, { ...fields, client_secret: secret }))).toMatchObject({ code: 1 });
  }
  expect(refusal(await get(url, fields))).toMatchObject({ code: 190 });
  const access_token = await shortToken(sandbox, 'instagram', 'page-token');
  const wrong = await get(url, { ...fields, access_token, appsecret_proof: 'wrong' });
  expect(refusal(wrong).message).toBe('Invalid appsecret_proof provided in the API argument');
});
