import { expect, test } from 'vitest';
import { exchangeInstagramCode } from '../../../src/meta/exchange-authorization-code.js';
import { exchangeInstagramToken } from '../../../src/meta/ig-exchange-token.js';
import { fetchInstagramMe } from '../../../src/meta/instagram-me.js';
import { Secret } from '../../../src/secret.js';
import { fixture } from '../../support/fixture.js';
import { failureOf } from '../../support/meta-failure.js';
import { createSandboxMeta } from '../../support/sandbox-meta.js';
import { createScriptedMeta, madeToken, parametersIn } from '../../support/scripted-meta.js';

const ALL_FIELDS = 'id,user_id,username,name,account_type,profile_picture_url';

const unknownField = {
  status: 400,
  body: JSON.stringify({
    error: {
      message: '(#100) Tried accessing nonexisting field (account_type) on node type (InstagramUser)',
      type: 'IGApiException',
      code: 100,
      fbtrace_id: 'A-example',
    },
  }),
};

test('The profile is asked for by its fields, with the token and nothing else.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(fixture('ig-me.flat'));
  const token = madeToken('IGAA');
  await fetchInstagramMe(scripted.meta, token);
  const { method, path, query } = scripted.onlyCall;
  expect({ method, path }).toEqual({ method: 'GET', path: '/ig-graph/me' });
  expect(parametersIn(query)).toEqual({ fields: ALL_FIELDS, access_token: token.reveal() });
});

test('The body of ig-me.flat.json is read, and what it lacks is null.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(fixture('ig-me.flat'));
  expect(await fetchInstagramMe(scripted.meta, madeToken('IGAA'))).toEqual({
    id: '28970000000000003',
    userId: '17841405793187219',
    username: 'moca_example',
    name: null,
    accountType: null,
    profilePictureUrl: null,
  });
});

test.for<[string, string, string]>([
  ['flat', 'strings', '{"id":"28970000000000003","user_id":"30927608773521033","username":"a"}'],
  ['flat', 'numbers', '{"id":28970000000000003,"user_id":30927608773521033,"username":"a"}'],
  [
    'in data[]',
    'strings',
    '{"data":[{"id":"28970000000000003","user_id":"30927608773521033","username":"a"}]}',
  ],
  ['in data[]', 'numbers', '{"data":[{"id":28970000000000003,"user_id":30927608773521033,"username":"a"}]}'],
])('A profile %s, with ids as %s, is read with every digit.', async ([_where, _type, body]) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(body);
  expect(await fetchInstagramMe(scripted.meta, madeToken('IGAA'))).toMatchObject({
    id: '28970000000000003',
    userId: '30927608773521033',
  });
});

test('All fields of a full profile are read, and unknown ones ignored.', async () => {
  await using scripted = await createScriptedMeta();
  const profile_picture_url = 'https://scontent.cdninstagram.com/v/picture.jpg?oe=1';
  scripted.answer(
    JSON.stringify({
      id: '1',
      user_id: '2',
      username: 'café.☕',
      name: 'Zoë "Z"',
      account_type: 'Media_Creator',
      profile_picture_url,
      followers_count: 3,
      later: { much: 1 },
    }),
  );
  expect(await fetchInstagramMe(scripted.meta, madeToken('IGAA'))).toEqual({
    id: '1',
    userId: '2',
    username: 'café.☕',
    name: 'Zoë "Z"',
    accountType: 'Media_Creator',
    profilePictureUrl: profile_picture_url,
  });
});

test('What is only shown may be garbage: it counts as absent.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(
    JSON.stringify({
      id: '1',
      user_id: [],
      username: 'a',
      name: 'x'.repeat(1025),
      account_type: 7,
      profile_picture_url: 'http://169.254.169.254/latest/meta-data/',
    }),
  );
  expect(await fetchInstagramMe(scripted.meta, madeToken('IGAA'))).toEqual({
    id: '1',
    userId: null,
    username: 'a',
    name: null,
    accountType: null,
    profilePictureUrl: null,
  });
});

test.for([
  // Meta's sample answers a call that did not ask for `id`; ours does, and cannot do without.
  fixture('ig-me.wrapped'),
  '{"id":"1"}',
  '{"id":"1","username":""}',
  '{"id":"","username":"a"}',
  '{"id":"1 2","username":"a"}',
  '{"id":true,"username":"a"}',
  `{"id":"1","username":"${'x'.repeat(257)}"}`,
  '{"data":[]}',
  '[]',
])('The answer %s is no profile, and is not asked for again.', async (body) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(body);
  expect(await failureOf(fetchInstagramMe(scripted.meta, madeToken('IGAA')))).toMatchObject({
    endpoint: 'ig_me',
    code: 'META_BAD_RESPONSE',
    refused: false,
  });
  expect(scripted.calls).toHaveLength(1);
});

test('A field that Meta does not know is left out at a second try, for id and username alone.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(unknownField, '{"id":"1","username":"a"}');
  const token = madeToken('IGAA');
  const me = await fetchInstagramMe(scripted.meta, token);
  expect(me).toMatchObject({ id: '1', username: 'a', userId: null });
  expect(scripted.calls.map(({ path, query }) => [path, parametersIn(query)])).toEqual([
    ['/ig-graph/me', { fields: ALL_FIELDS, access_token: token.reveal() }],
    ['/ig-graph/me', { fields: 'id,username', access_token: token.reveal() }],
  ]);
});

test('A second refusal of the fields is final.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(unknownField, unknownField);
  expect(await failureOf(fetchInstagramMe(scripted.meta, madeToken('IGAA')))).toMatchObject({
    code: 'META_BAD_RESPONSE',
    refused: true,
  });
  expect(scripted.calls).toHaveLength(2);
});

test.for(['unsupported-request', 'token-expired', 'rate-limit.instagram', 'transient', 'cannot-parse-token'])(
  'The refusal of %s.json is not answered by a second call.',
  async (name) => {
    await using scripted = await createScriptedMeta();
    scripted.answer({ status: 400, body: fixture(name) });
    expect((await failureOf(fetchInstagramMe(scripted.meta, madeToken('IGAA')))).refused).toBe(true);
    expect(scripted.calls).toHaveLength(1);
  },
);

test('A refusal of a missing object or permission (code 100, subcode 33) is not answered by a second call.', async () => {
  await using scripted = await createScriptedMeta();
  const message = "Unsupported get request. Object with ID 'me' does not exist";
  scripted.answer({
    status: 400,
    body: JSON.stringify({ error: { message, type: 'IGApiException', code: 100, error_subcode: 33 } }),
  });
  expect((await failureOf(fetchInstagramMe(scripted.meta, madeToken('IGAA')))).code).toBe(
    'MISSING_PERMISSION',
  );
  expect(scripted.calls).toHaveLength(1);
});

test.for(['flat_string', 'flat_number', 'wrapped_string', 'wrapped_number'] as const)(
  'The sandbox tells whose token it is, in the shape %s.',
  async (profileShape) => {
    await using test = await createSandboxMeta('instagram', { profileShape });
    const short = await exchangeInstagramCode(test.meta, await test.code('big-ids'));
    const long = await exchangeInstagramToken(test.meta, short.value);
    const [first, second] = [
      await fetchInstagramMe(test.meta, short.value),
      await fetchInstagramMe(test.meta, long.value),
    ];
    expect(second).toEqual(first);
    expect(first.id).toMatch(/^\d{17,}$/);
    expect(first.userId).toMatch(/^17841\d{12}$/);
    expect(first.username).toBe('moca_big_ids');
    expect(first.profilePictureUrl).toMatch(/^https:\/\/.*cdninstagram\.com\//);
    expect(test.sandbox.ledger.count({ endpoint: 'ig_me' })).toBe(2);
  },
);

test('The sandbox is asked twice where it does not know all the fields, and once where the account has no role.', async () => {
  await using test = await createSandboxMeta('instagram');
  const plain = await exchangeInstagramCode(test.meta, await test.code('short-lived-only'));
  expect(await fetchInstagramMe(test.meta, plain.value)).toMatchObject({
    username: 'moca_short_lived_only',
    name: null,
  });
  test.sandbox.ledger.clear();
  const stranger = await exchangeInstagramCode(test.meta, await test.code('not-a-tester'));
  expect((await failureOf(fetchInstagramMe(test.meta, stranger.value))).code).toBe('APP_NOT_APPROVED');
  expect(test.sandbox.ledger.count({ endpoint: 'ig_me' })).toBe(1);
});

test('An empty token is answered like a missing role; it is never sent by the ladder, which refuses it earlier.', async () => {
  await using test = await createSandboxMeta('instagram');
  expect((await failureOf(fetchInstagramMe(test.meta, new Secret('')))).code).toBe('APP_NOT_APPROVED');
});
