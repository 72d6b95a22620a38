import { expect, test } from 'vitest';
import {
  exchangeFacebookCode,
  exchangeInstagramCode,
  type AuthorizationCode,
} from '../../../src/meta/exchange-authorization-code.js';
import { MINUTE } from '../../../src/time.js';
import { Secret } from '../../../src/secret.js';
import { scopesOf } from '../../contract/visitor.js';
import { fixture, fixtureWithToken } from '../../support/fixture.js';
import { failureOf } from '../../support/meta-failure.js';
import { createSandboxMeta } from '../../support/sandbox-meta.js';
import { createScriptedMeta, madeToken, parametersIn } from '../../support/scripted-meta.js';
import { expiresInCases, tokenBody, unusableTokens } from '../../support/token-answers.js';

const redirectUri = 'https://moca.pages.dev/instagram-callback';

/** With characters that a form has to encode. */
function aCode(): AuthorizationCode {
  return { code: new Secret('made+up/code=&"%é~ end'), redirectUri };
}

test('An Instagram code goes out as a form of the five documented fields, and as nothing else.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(fixtureWithToken('code-exchange.flat-array', madeToken('IGAA')));
  const { meta } = scripted;
  await exchangeInstagramCode(meta, aCode());
  const { method, path, query, headers, body } = scripted.onlyCall;
  expect({ method, path, query }).toEqual({ method: 'POST', path: '/ig-api/oauth/access_token', query: '' });
  expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(headers).not.toHaveProperty('authorization');
  expect(parametersIn(body)).toEqual({
    client_id: meta.instagramApp.clientId,
    client_secret: meta.instagramApp.clientSecret.reveal(),
    grant_type: 'authorization_code',
    redirect_uri: redirectUri,
    code: 'made+up/code=&"%é~ end',
  });
  expect(body).toContain('redirect_uri=https%3A%2F%2Fmoca.pages.dev%2Finstagram-callback&');
  expect(body).toContain('code=made%2Bup%2Fcode%3D%26%22%25%C3%A9%7E+end');
});

test('The redirect URI is sent byte for byte, whatever it looks like.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(fixture('code-exchange.flat-array'));
  const odd = 'https://moca.pages.dev:443/CallBack/?a=b%20c&d=é';
  await exchangeInstagramCode(scripted.meta, { ...aCode(), redirectUri: odd });
  expect(parametersIn(scripted.onlyCall.body)['redirect_uri']).toBe(odd);
});

test.for([
  [
    'code-exchange.flat-array',
    '17841405793187219',
    ['instagram_business_basic', 'instagram_business_manage_messages'],
  ],
  [
    'code-exchange.flat-string',
    '17841405793187219',
    ['instagram_business_basic', 'instagram_business_manage_messages'],
  ],
  [
    'code-exchange.wrapped-number',
    '17841405793187219',
    ['instagram_business_basic', 'instagram_business_manage_insights'],
  ],
  [
    'code-exchange.wrapped-string',
    '1020...',
    ['instagram_business_basic', 'instagram_business_manage_messages'],
  ],
] as const)('The body of %s.json is read.', async ([name, userId, permissions]) => {
  await using scripted = await createScriptedMeta();
  const token = madeToken('IGAA');
  scripted.answer(fixtureWithToken(name, token));
  const first = await exchangeInstagramCode(scripted.meta, aCode());
  expect(first.value.reveal()).toBe(token.reveal());
  expect(first).toMatchObject({
    userId,
    permissions,
    expiresInSeconds: null,
    receivedAt: scripted.clock.now(),
  });
});

test('A user_id that no JavaScript number can hold stays exact.', async () => {
  await using scripted = await createScriptedMeta();
  const body = '{"access_token":"IGAA-made-up","user_id":30927608773521033}';
  scripted.answer(body, `{"data":[${body}]}`);
  expect((await exchangeInstagramCode(scripted.meta, aCode())).userId).toBe('30927608773521033');
  expect((await exchangeInstagramCode(scripted.meta, aCode())).userId).toBe('30927608773521033');
});

test.for([
  ['"a, b  c,,d"', ['a', 'b', 'c', 'd']],
  ['["a"," b "]', ['a', 'b']],
  ['""', null],
  ['[]', null],
  ['null', null],
  ['42', null],
  ['[{"permission":"a"}]', null],
  [undefined, null],
] as const)('Permissions of %s are read as %o.', async ([permissions, read]) => {
  await using scripted = await createScriptedMeta();
  const field = permissions === undefined ? '' : `,"permissions":${permissions}`;
  scripted.answer(`{"access_token":"IGAA-made-up","user_id":"1"${field}}`);
  expect((await exchangeInstagramCode(scripted.meta, aCode())).permissions).toEqual(read);
});

test.for([undefined, null, '', ' ', true, 1.5, -3, {}, 'x'.repeat(65)])(
  'A user_id of %o is no reason to lose the token.',
  async (user_id) => {
    await using scripted = await createScriptedMeta();
    scripted.answer(JSON.stringify({ access_token: 'IGAA-made-up', user_id }));
    const first = await exchangeInstagramCode(scripted.meta, aCode());
    expect(first.value.reveal()).toBe('IGAA-made-up');
    expect(first.userId).toBeNull();
  },
);

test('Fields that nobody has documented are ignored.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(
    '{"data":[{"access_token":"IGAA-made-up","scope":{"new":1}},{"other":true}],"paging":{},"x":[1]}',
  );
  expect((await exchangeInstagramCode(scripted.meta, aCode())).value.reveal()).toBe('IGAA-made-up');
});

test.for(unusableTokens)(
  'An access_token of %o is refused at once, flat and wrapped.',
  async (access_token) => {
    await using scripted = await createScriptedMeta();
    const fields = { access_token, user_id: '1', permissions: ['instagram_business_basic'] };
    scripted.answer(JSON.stringify(fields), JSON.stringify({ data: [fields] }));
    for (let call = 0; call < 2; call += 1) {
      expect(await failureOf(exchangeInstagramCode(scripted.meta, aCode()))).toMatchObject({
        endpoint: 'code_exchange',
        code: 'META_BAD_RESPONSE',
        errorClass: 'bad_answer',
        requestSent: true,
        refused: false,
      });
    }
  },
);

test.for(['{"data":[]}', '{"data":{}}', '{}', '[]', 'null', '"IGAA-made-up"', '42'])(
  'The answer %s is no token.',
  async (body) => {
    await using scripted = await createScriptedMeta();
    scripted.answer(body);
    expect((await failureOf(exchangeInstagramCode(scripted.meta, aCode()))).code).toBe('META_BAD_RESPONSE');
  },
);

test.for([
  ['code-exchange.unknown-code', 'CODE_INVALID'],
  ['code-exchange.used-code', 'CODE_INVALID'],
  ['code-exchange.other-redirect-uri', 'REDIRECT_URI_MISMATCH'],
  ['code-exchange.missing-field', 'APP_MISCONFIGURED'],
  ['code-exchange.invalid-platform-app', 'APP_MISCONFIGURED'],
  ['code-exchange.invalid-platform-app.graph-shape', 'APP_MISCONFIGURED'],
] as const)('The refusal of %s.json is %s, with HTTP 400 and with HTTP 200.', async ([name, code]) => {
  await using scripted = await createScriptedMeta();
  scripted.answer({ status: 400, body: fixture(name) }, { status: 200, body: fixture(name) });
  for (const status of [400, 200]) {
    const failure = await failureOf(exchangeInstagramCode(scripted.meta, aCode()));
    expect(failure).toMatchObject({ code, status, refused: true, retryable: false });
  }
  expect(scripted.calls).toHaveLength(2);
});

test('A Facebook code goes out as a GET of the documented parameters, without a proof.', async () => {
  await using scripted = await createScriptedMeta({ graphVersion: 'v25.0' });
  const token = madeToken('EAA');
  scripted.answer(fixtureWithToken('facebook-code-exchange', token));
  const { meta } = scripted;
  const first = await exchangeFacebookCode(meta, aCode());
  const { method, path, query, body } = scripted.onlyCall;
  expect({ method, path, body }).toEqual({
    method: 'GET',
    path: '/deep/fb-graph/v25.0/oauth/access_token',
    body: '',
  });
  expect(parametersIn(query)).toEqual({
    client_id: meta.facebookApp.clientId,
    client_secret: meta.facebookApp.clientSecret.reveal(),
    redirect_uri: redirectUri,
    code: 'made+up/code=&"%é~ end',
  });
  expect(first.value.reveal()).toBe(token.reveal());
  expect(first).toMatchObject({ expiresInSeconds: 5_183_944, userId: null, permissions: null });
});

test.for(expiresInCases)(
  'A Facebook token with expires_in %o lives for %o seconds.',
  async ([expires_in, seconds]) => {
    await using scripted = await createScriptedMeta();
    scripted.answer(tokenBody({ access_token: 'EAA-made-up', expires_in }));
    expect((await exchangeFacebookCode(scripted.meta, aCode())).expiresInSeconds).toBe(seconds);
  },
);

test.for(unusableTokens)('A Facebook access_token of %o is refused at once.', async (access_token) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(tokenBody({ access_token, expires_in: 5_183_944 }));
  expect((await failureOf(exchangeFacebookCode(scripted.meta, aCode()))).code).toBe('META_BAD_RESPONSE');
});

test.for([
  ['facebook-code-exchange.expired-code', 'CODE_INVALID'],
  ['facebook-code-exchange.used-code', 'CODE_INVALID'],
  ['facebook-code-exchange.other-redirect-uri', 'REDIRECT_URI_MISMATCH'],
  ['facebook-code-exchange.client-secret', 'APP_MISCONFIGURED'],
] as const)('The refusal of %s.json is %s.', async ([name, code]) => {
  await using scripted = await createScriptedMeta();
  scripted.answer({ status: 400, body: fixture(name) });
  expect(await failureOf(exchangeFacebookCode(scripted.meta, aCode()))).toMatchObject({
    code,
    refused: true,
  });
});

test.for(['flat_array', 'flat_string', 'wrapped_number', 'wrapped_string'] as const)(
  'The sandbox redeems a code once, in the shape %s.',
  async (exchangeShape) => {
    await using test = await createSandboxMeta('instagram', { exchangeShape });
    const code = await test.code('big-ids');
    const first = await exchangeInstagramCode(test.meta, code);
    expect(first.value.reveal()).toBe(test.sandbox.ledger.last({ endpoint: 'code_exchange' })?.granted);
    expect(first.userId).toBe('30927608773521033');
    expect(first.permissions?.toSorted()).toEqual(scopesOf.instagram.split(',').toSorted());
    test.clock.advance(MINUTE);
    const again = await failureOf(exchangeInstagramCode(test.meta, code));
    expect(again).toMatchObject({ code: 'CODE_INVALID', refused: true });
  },
);

test('The sandbox redeems a Facebook code, and refuses it after an hour.', async () => {
  await using test = await createSandboxMeta('facebook');
  const [code, late] = [await test.code('page-token'), await test.code('page-token')];
  const first = await exchangeFacebookCode(test.meta, code);
  expect(first.value.reveal()).toBe(test.sandbox.ledger.last({ endpoint: 'code_exchange' })?.granted);
  expect(first.expiresInSeconds).toBeGreaterThan(0);
  test.clock.advance(61 * MINUTE);
  expect(await failureOf(exchangeFacebookCode(test.meta, late))).toMatchObject({
    code: 'CODE_INVALID',
    meta: { code: 100, subcode: 36007 },
  });
});
