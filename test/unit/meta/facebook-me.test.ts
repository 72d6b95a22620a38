import { expect, test } from 'vitest';
import { exchangeFacebookCode } from '../../../src/meta/exchange-authorization-code.js';
import { fetchFacebookUserId } from '../../../src/meta/facebook-me.js';
import { fixture } from '../../support/fixture.js';
import { failureOf } from '../../support/meta-failure.js';
import { createSandboxMeta } from '../../support/sandbox-meta.js';
import { createScriptedMeta, madeToken, parametersIn, proofOf } from '../../support/scripted-meta.js';

test('The id alone is asked for, with the proof of the token that rides on the call.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer('{"id":"1207059","name":"Somebody"}');
  const token = madeToken('EAA');
  expect(await fetchFacebookUserId(scripted.meta, token)).toBe('1207059');
  const { method, path, query } = scripted.onlyCall;
  expect({ method, path }).toEqual({ method: 'GET', path: '/deep/fb-graph/v21.0/me' });
  expect(parametersIn(query)).toEqual({
    fields: 'id',
    access_token: token.reveal(),
    appsecret_proof: proofOf(scripted.meta.facebookApp, token),
  });
});

test.for(['30927608773521033', '"30927608773521033"'])('An id of %s stays exact.', async (id) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(`{"id":${id}}`);
  expect(await fetchFacebookUserId(scripted.meta, madeToken('EAA'))).toBe('30927608773521033');
});

test.for(['{}', '{"id":null}', '{"id":""}', '{"id":1.5}', '[]', 'null'])(
  'The answer %s has no id.',
  async (body) => {
    await using scripted = await createScriptedMeta();
    scripted.answer(body);
    expect(await failureOf(fetchFacebookUserId(scripted.meta, madeToken('EAA')))).toMatchObject({
      endpoint: 'fb_me',
      code: 'META_BAD_RESPONSE',
    });
  },
);

test('The refusal of cannot-parse-token.json asks for a new consent.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer({ status: 400, body: fixture('cannot-parse-token') });
  expect(await failureOf(fetchFacebookUserId(scripted.meta, madeToken('EAA')))).toMatchObject({
    code: 'REAUTHORIZATION_REQUIRED',
    refused: true,
  });
});

test('The sandbox names the person who consented, with and without a second consent.', async () => {
  await using test = await createSandboxMeta('facebook', { requiresAppSecretProof: true });
  const ids = [];
  for (let consent = 0; consent < 2; consent += 1) {
    const { value } = await exchangeFacebookCode(test.meta, await test.code('page-token'));
    ids.push(await fetchFacebookUserId(test.meta, value));
  }
  expect(ids[0]).toMatch(/^\d+$/);
  expect(ids[1]).toBe(ids[0]);
});
