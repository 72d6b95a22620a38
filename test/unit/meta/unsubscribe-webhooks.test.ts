import { expect, test } from 'vitest';
import { unsubscribeAccount, unsubscribePage } from '../../../src/meta/unsubscribe-webhooks.js';
import { failureOf } from '../../support/meta-failure.js';
import { createScriptedMeta, madeToken, parametersIn, proofOf } from '../../support/scripted-meta.js';

test("An account's subscription ends by its number, with its token.", async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer('{"success":true}');
  const token = madeToken('IGAA');
  await unsubscribeAccount(scripted.meta, '17841400000000001', token);
  const { method, path, query } = scripted.onlyCall;
  expect(method).toBe('DELETE');
  expect(path).toMatch(/\/v21\.0\/17841400000000001\/subscribed_apps$/);
  expect(parametersIn(query)).toEqual({ access_token: token.reveal() });
});

test("A page's subscription ends with the page's own token, and the proof that belongs to it.", async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer('{"success":true}');
  const token = madeToken('EAA');
  const { meta } = scripted;
  await unsubscribePage(meta, '104850000000001', token);
  const { method, path, query } = scripted.onlyCall;
  expect({ method, path }).toEqual({
    method: 'DELETE',
    path: '/deep/fb-graph/v21.0/104850000000001/subscribed_apps',
  });
  expect(parametersIn(query)).toEqual({
    access_token: token.reveal(),
    appsecret_proof: proofOf(meta.facebookApp, token),
  });
});

test('A refusal is told as Meta meant it.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer({
    status: 400,
    body: '{"error":{"message":"x","type":"OAuthException","code":190,"error_subcode":463}}',
  });
  const failure = await failureOf(unsubscribePage(scripted.meta, '1', madeToken('EAA')));
  expect(failure).toMatchObject({ code: 'REAUTHORIZATION_REQUIRED', meta: { code: 190, subcode: 463 } });
});
