import { expect, test } from 'vitest';
import { subscribeAccount, subscribePage } from '../../../src/meta/subscribe-webhooks.js';
import { failureOf } from '../../support/meta-failure.js';
import { createScriptedMeta, madeToken, parametersIn, proofOf } from '../../support/scripted-meta.js';

test("An account's comments and messages are subscribed to by its number, with its token.", async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer('{"success":true}');
  const token = madeToken('IGAA');
  await subscribeAccount(scripted.meta, '17841400000000001', token);
  const { method, path, query, body } = scripted.onlyCall;
  expect({ method, path, body }).toEqual({
    method: 'POST',
    path: '/ig-graph/v21.0/17841400000000001/subscribed_apps',
    body: '',
  });
  expect(parametersIn(query)).toEqual({
    subscribed_fields: 'comments,messages',
    access_token: token.reveal(),
  });
});

test('A page is subscribed to with its own token, and the proof that belongs to it.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer('{"success":true}');
  const token = madeToken('EAA');
  const { meta } = scripted;
  await subscribePage(meta, '104850000000001', token);
  const { method, path, query } = scripted.onlyCall;
  expect({ method, path }).toEqual({
    method: 'POST',
    path: '/deep/fb-graph/v21.0/104850000000001/subscribed_apps',
  });
  expect(parametersIn(query)).toEqual({
    subscribed_fields: 'feed',
    access_token: token.reveal(),
    appsecret_proof: proofOf(meta.facebookApp, token),
  });
});

test.each(['{"success":false}', '{}', '{"success":"true"}', '[]', 'true'])(
  'The answer %s is no success.',
  async (body) => {
    await using scripted = await createScriptedMeta();
    scripted.answer(body);
    const failure = await failureOf(subscribeAccount(scripted.meta, '1', madeToken('IGAA')));
    expect(failure).toMatchObject({ code: 'META_BAD_RESPONSE', endpoint: 'subscribe_webhooks' });
  },
);

test('A refusal is told as Meta meant it.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer({
    status: 400,
    body: '{"error":{"message":"x","type":"OAuthException","code":200}}',
  });
  const failure = await failureOf(subscribePage(scripted.meta, '1', madeToken('EAA')));
  expect(failure).toMatchObject({ code: 'MISSING_PERMISSION', meta: { code: 200 } });
});

test('An id that could name another path is never sent.', async () => {
  await using scripted = await createScriptedMeta();
  for (const id of ['me', '../1', '1/2', '', '1?x']) {
    await expect(subscribeAccount(scripted.meta, id, madeToken('IGAA'))).rejects.toThrow(TypeError);
  }
  expect(scripted.calls).toEqual([]);
});
