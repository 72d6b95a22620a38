import { expect, test } from 'vitest';
import { exchangeFacebookCode } from '../../../src/meta/exchange-authorization-code.js';
import { exchangeFacebookToken } from '../../../src/meta/fb-exchange-token.js';
import { fetchMyPages } from '../../../src/meta/me-accounts.js';
import { fetchPageProfile } from '../../../src/meta/page-profile.js';
import { fixture } from '../../support/fixture.js';
import { failureOf } from '../../support/meta-failure.js';
import { createSandboxMeta } from '../../support/sandbox-meta.js';
import { createScriptedMeta, madeToken, parametersIn, proofOf } from '../../support/scripted-meta.js';

const picture = 'https://scontent.xx.fbcdn.net/v/picture.jpg';

function answer(linked: unknown): string {
  return JSON.stringify({ instagram_business_account: linked, id: '134895793791914' });
}

test("The linked account is asked for with the page's own token, and the proof is the page token's.", async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(
    answer({ id: '17841405822304914', username: 'a', name: 'A', profile_picture_url: picture }),
  );
  const pageToken = madeToken('EAA');
  expect(await fetchPageProfile(scripted.meta, '134895793791914', pageToken)).toEqual({
    id: '17841405822304914',
    username: 'a',
    name: 'A',
    profilePictureUrl: picture,
  });
  const { method, path, query } = scripted.onlyCall;
  expect({ method, path }).toEqual({ method: 'GET', path: '/deep/fb-graph/v21.0/134895793791914' });
  expect(parametersIn(query)).toEqual({
    fields: 'instagram_business_account{id,username,name,profile_picture_url}',
    access_token: pageToken.reveal(),
    appsecret_proof: proofOf(scripted.meta.facebookApp, pageToken),
  });
});

test.for(['{"id":"134895793791914"}', '{"id":"134895793791914","instagram_business_account":null}', '{}'])(
  'The page of %s has no linked account.',
  async (body) => {
    await using scripted = await createScriptedMeta();
    scripted.answer(body);
    expect(await fetchPageProfile(scripted.meta, '134895793791914', madeToken('EAA'))).toBeNull();
  },
);

test('A numeric id above 2^53 stays exact, and what is only shown may be missing or garbage.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(
    '{"instagram_business_account":{"id":30927608773521033,"username":"a","name":7,"profile_picture_url":"https://cdninstagram.com.evil.example/x"},"more":1}',
    '{"instagram_business_account":{"id":"30927608773521033","username":"a"}}',
  );
  const bare = { id: '30927608773521033', username: 'a', name: null, profilePictureUrl: null };
  expect(await fetchPageProfile(scripted.meta, '1', madeToken('EAA'))).toEqual(bare);
  expect(await fetchPageProfile(scripted.meta, '1', madeToken('EAA'))).toEqual(bare);
});

test.for([
  // Meta's sample answers a call that did not ask for the username; ours does.
  fixture('page-profile'),
  '{"instagram_business_account":"17841405822304914"}',
  '{"instagram_business_account":{"username":"a"}}',
  '{"instagram_business_account":{"id":"17841405822304914","username":""}}',
  '[]',
  '"page"',
])('The answer %s is no profile.', async (body) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(body);
  expect(await failureOf(fetchPageProfile(scripted.meta, '1', madeToken('EAA')))).toMatchObject({
    endpoint: 'page_profile',
    code: 'META_BAD_RESPONSE',
  });
});

test('A page id cannot lead to another path.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(fixture('transient'));
  await failureOf(fetchPageProfile(scripted.meta, 'a/../b?c=d#e', madeToken('EAA')));
  expect(scripted.onlyCall.path).toBe('/deep/fb-graph/v21.0/a%2F..%2Fb%3Fc%3Dd%23e');
});

test('The sandbox tells the linked account to a page token, and nothing to one that is revoked.', async () => {
  await using test = await createSandboxMeta('facebook', { requiresAppSecretProof: true });
  const short = await exchangeFacebookCode(test.meta, await test.code('page-token'));
  const long = await exchangeFacebookToken(test.meta, short.value);
  const [page] = await fetchMyPages(test.meta, long.value);
  const pageToken = page?.accessToken ?? madeToken('EAA');
  const profile = await fetchPageProfile(test.meta, page?.id ?? '', pageToken);
  expect(profile).toMatchObject({ id: page?.instagram?.id, username: 'moca_page_token' });
  expect(profile?.name).not.toBeNull();
  expect(profile?.profilePictureUrl).toMatch(/^https:/);
  test.sandbox.revoke('page-token', 460);
  expect(await failureOf(fetchPageProfile(test.meta, page?.id ?? '', pageToken))).toMatchObject({
    code: 'REAUTHORIZATION_REQUIRED',
    meta: { code: 190, subcode: 460 },
  });
});

test('The sandbox has a page without a linked account.', async () => {
  await using test = await createSandboxMeta('facebook');
  const short = await exchangeFacebookCode(test.meta, await test.code('page-without-instagram'));
  const [page] = await fetchMyPages(test.meta, short.value);
  expect(await fetchPageProfile(test.meta, page?.id ?? '', page?.accessToken ?? madeToken('EAA'))).toBeNull();
});
