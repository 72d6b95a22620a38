import { expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { HOUR } from '../../src/time.js';
import {
  codeOf,
  exchange,
  exchangeFields,
  get,
  REDIRECT_URI,
  refusal,
  scopesOf,
  send,
  shortToken,
  tokenIn,
  type WorldName,
} from './visitor.js';

const worlds: readonly WorldName[] = ['documented', 'instagram', 'facebook'];

test.for(worlds)('a code of the %s world works once, and a second exchange is refused', async (world) => {
  await using sandbox = await createSandbox();
  const code = await codeOf(sandbox, world, 'page-token');
  expect((await exchange(sandbox, world, code)).status).toBe(200);
  const again = await exchange(sandbox, world, code);
  expect(again.status).toBe(400);
  expect(again.text).toContain('This authorization code has been used');
  expect(sandbox.ledger.calls({ endpoint: 'code_exchange' }).map((call) => call.granted !== null)).toEqual([
    true,
    false,
  ]);
});

test.for(worlds)('a code of the %s world lives one hour', async (world) => {
  await using sandbox = await createSandbox();
  const early = await codeOf(sandbox, world, 'page-token');
  const late = await codeOf(sandbox, world, 'page-token');
  sandbox.clock.advance(HOUR - 60_000);
  expect((await exchange(sandbox, world, early)).status).toBe(200);
  sandbox.clock.advance(60_000);
  expect((await exchange(sandbox, world, late)).status).toBe(400);
});

test.for([`${REDIRECT_URI}/`, `${REDIRECT_URI}?a=1`, REDIRECT_URI.replace('moca', 'Moca')])(
  'the redirect URI %s is not the one of the dialog, and the code outlives that mistake',
  async (redirect_uri) => {
    await using sandbox = await createSandbox({ redirectUris: [REDIRECT_URI, redirect_uri] });
    for (const world of worlds) {
      const code = await codeOf(sandbox, world, 'page-token');
      const wrong = await exchangeWith(sandbox, world, {
        ...exchangeFields(sandbox, world, code),
        redirect_uri,
      });
      expect(wrong.status).toBe(400);
      expect(wrong.text).toContain('Please make sure your redirect_uri is identical');
      expect((await exchange(sandbox, world, code)).status).toBe(200);
    }
  },
);

test('the four bodies come in turn, each with every digit of an odd id above 2^53', async () => {
  await using sandbox = await createSandbox();
  const texts: string[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    texts.push((await exchange(sandbox, 'instagram', await codeOf(sandbox, 'instagram', 'page-token'))).text);
  }
  const shapes = texts.map((text) =>
    text
      .replaceAll(/"(IGAA\w+|\d{17})"/g, '"…"')
      .replaceAll(/\b\d{16,17}\b/g, '#')
      .replaceAll(/instagram\w+/g, 's'),
  );
  expect(shapes).toEqual([
    '{"access_token":"…","user_id":#,"permissions":["s","s","s","s","s"]}',
    '{"access_token":"…","user_id":#,"permissions":"s,s,s,s,s"}',
    '{"data":[{"access_token":"…","user_id":#,"permissions":"s,s,s,s,s"}]}',
    '{"data":[{"access_token":"…","user_id":"…","permissions":"s,s,s,s,s"}]}',
    '{"access_token":"…","user_id":#,"permissions":["s","s","s","s","s"]}',
  ]);
  const ids = new Set(texts.map((text) => /"user_id":"?(\d+)/.exec(text)?.[1] ?? ''));
  expect(ids.size).toBe(1);
  const [id = ''] = ids;
  expect(BigInt(id) % 2n).toBe(1n);
  // This is the fault that a client must not have.
  expect(String(Number(id))).not.toBe(id);
});

test('big-ids is given the user_id 30927608773521033 as a bare number, whichever turn it is', async () => {
  await using sandbox = await createSandbox();
  for (const world of ['documented', 'instagram', 'documented', 'instagram', 'documented'] as const) {
    const answer = await exchange(sandbox, world, await codeOf(sandbox, world, 'big-ids'));
    expect(answer.text).toContain('"user_id":30927608773521033,');
  }
});

test('the answer names the permissions that were granted, and only those', async () => {
  await using sandbox = await createSandbox({ exchangeShape: 'flat_array' });
  const permissions = async (persona: string): Promise<unknown> =>
    (await exchange(sandbox, 'documented', await codeOf(sandbox, 'documented', persona))).body.permissions;
  const all = scopesOf.documented.split(',');
  expect(await permissions('page-token')).toEqual(all);
  expect(await permissions('declined-scope')).toEqual(
    all.filter((scope) => scope !== 'instagram_business_manage_insights'),
  );
  expect(await permissions('declined-basic')).toEqual(
    all.filter((scope) => scope !== 'instagram_business_basic'),
  );
});

test('api.instagram.com reads a form in either encoding, and only in the body', async () => {
  await using sandbox = await createSandbox();
  const url = `${sandbox.hosts.instagramApi}/oauth/access_token`;
  const fields = async () =>
    exchangeFields(sandbox, 'instagram', await codeOf(sandbox, 'instagram', 'page-token'));

  const multipart = new FormData();
  for (const [name, value] of Object.entries(await fields())) multipart.set(name, value);
  const response = await fetch(url, { method: 'POST', body: multipart });
  expect(response.status).toBe(200);

  const missing = {
    error_type: 'OAuthException',
    code: 400,
    error_message: 'Missing required field client_id',
  };
  const json = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(await fields()),
  });
  expect(json.status).toBe(400);
  expect(await json.json()).toEqual(missing);
  const inQuery = await send('POST', `${url}?${new URLSearchParams(await fields()).toString()}`);
  expect(inQuery.body).toEqual(missing);
  expect((await get(url, await fields())).body).toEqual(missing);
});

test.for(['client_id', 'client_secret', 'grant_type', 'redirect_uri', 'code'])(
  'api.instagram.com misses the field %s by its name',
  async (field) => {
    await using sandbox = await createSandbox();
    const fields = { ...exchangeFields(sandbox, 'instagram', 'any'), [field]: '' };
    const answer = await exchangeWith(sandbox, 'instagram', fields);
    expect(answer.body.error_message).toBe(`Missing required field ${field}`);
  },
);

test('a wrong secret is refused before the code is looked at, and does not spend it', async () => {
  await using sandbox = await createSandbox();
  for (const world of worlds) {
    const code = await codeOf(sandbox, world, 'page-token');
    const fields = { ...exchangeFields(sandbox, world, code), client_secret: sandbox.apps[world].clientId };
    const answer = await exchangeWith(sandbox, world, fields);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Error validating client secret.');
    expect((await exchange(sandbox, world, code)).status).toBe(200);
  }
});

test("api.instagram.com's refusals come in the Graph shape where that was asked for", async () => {
  await using sandbox = await createSandbox({ errorShape: 'rotate' });
  const bodies = [
    (await exchange(sandbox, 'instagram', 'junk')).body,
    (await exchange(sandbox, 'instagram', await codeOf(sandbox, 'instagram', 'used-code'))).body,
  ];
  expect(bodies[0]).toHaveProperty('error_message', 'Matching code was not found or was already used');
  expect(bodies[1]).toEqual({
    error: {
      message: 'This authorization code has been used',
      type: 'OAuthException',
      code: 100,
      error_subcode: 36_009,
    },
  });
});

test('graph.facebook.com answers an exchange by POST too', async () => {
  await using sandbox = await createSandbox();
  const fields = exchangeFields(sandbox, 'facebook', await codeOf(sandbox, 'facebook', 'page-token'));
  const answer = await send('POST', `${sandbox.hosts.facebookGraph}/v21.0/oauth/access_token`, fields);
  expect(tokenIn(answer)).toMatch(/^EAAsandbox/);
  expect(answer.body.token_type).toBe('bearer');
});

test('graph.facebook.com tells a used from an expired and from an invented code', async () => {
  await using sandbox = await createSandbox();
  const refused = async (code: string) => refusal(await exchange(sandbox, 'facebook', code));
  expect(await refused(await codeOf(sandbox, 'facebook', 'used-code'))).toMatchObject({
    code: 100,
    subcode: 36_009,
  });
  expect(await refused(await codeOf(sandbox, 'facebook', 'expired-code'))).toMatchObject({
    code: 100,
    subcode: 36_007,
  });
  expect(await refused('invented')).toMatchObject({ code: 100, subcode: undefined });
});

test.for([
  ['page-token', 'EAA'],
  ['several-pages', 'EAA'],
  ['two-linked-pages', 'EAA'],
  ['portfolio-page', 'EAA'],
  ['late-page', 'EAA'],
  ['no-page', 'EAA'],
  ['page-without-instagram', 'EAA'],
  ['code-101', 'IGAA'],
  ['short-lived-only', 'IGAA'],
  ['personal-account', 'IGAA'],
  ['not-a-tester', 'IGAA'],
  ['rate-limited', 'IGAA'],
  ['big-ids', 'IGAA'],
] as const)('%s is given a token of the %s family in the documented world', async ([persona, family]) => {
  await using sandbox = await createSandbox();
  expect(await shortToken(sandbox, 'documented', persona)).toMatch(
    new RegExp(`^${family}sandbox[A-Za-z0-9]{100,}$`),
  );
  expect(await shortToken(sandbox, 'instagram', persona)).toMatch(/^IGAA/);
  expect(await shortToken(sandbox, 'facebook', persona)).toMatch(/^EAA/);
});

test('lower-rung-second is given an EAA token once and IGAA tokens from then on', async () => {
  await using sandbox = await createSandbox();
  const families: string[] = [];
  for (let consent = 0; consent < 3; consent += 1) {
    families.push((await shortToken(sandbox, 'documented', 'lower-rung-second')).split('sandbox')[0] ?? '');
  }
  expect(families).toEqual(['EAA', 'IGAA', 'IGAA']);
});

function exchangeWith(sandbox: Sandbox, world: WorldName, fields: Readonly<Record<string, string>>) {
  return world === 'facebook'
    ? get(`${sandbox.hosts.facebookGraph}/v21.0/oauth/access_token`, fields)
    : send('POST', `${sandbox.hosts.instagramApi}/oauth/access_token`, fields);
}

test('another grant type and an app that nobody has are refused before the code is looked at', async () => {
  await using sandbox = await createSandbox();
  const code = await codeOf(sandbox, 'instagram', 'page-token');
  const fields = exchangeFields(sandbox, 'instagram', code);
  const otherGrant = await exchangeWith(sandbox, 'instagram', { ...fields, grant_type: 'password' });
  expect(otherGrant.body).toMatchObject({ code: 400, error_message: 'Invalid grant_type' });
  const otherApp = await exchangeWith(sandbox, 'instagram', { ...fields, client_id: '42' });
  expect(otherApp.body).toMatchObject({ code: 400, error_message: 'Invalid platform app' });
  expect((await exchange(sandbox, 'instagram', code)).status).toBe(200);
});

test("a short-lived user token of Facebook's says that it lives an hour", async () => {
  await using sandbox = await createSandbox();
  const answer = await exchange(sandbox, 'facebook', await codeOf(sandbox, 'facebook', 'page-token'));
  expect(answer.body.expires_in).toBe(3_600);
});

test('a multipart body that is none is an empty form', async () => {
  await using sandbox = await createSandbox();
  const response = await fetch(`${sandbox.hosts.instagramApi}/oauth/access_token`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: 'no multipart',
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error_message: 'Missing required field client_id' });
});
