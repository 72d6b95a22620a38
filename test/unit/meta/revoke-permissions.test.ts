import { expect, test } from 'vitest';
import {
  revokeFacebookPermissions,
  revokeInstagramPermissions,
} from '../../../src/meta/revoke-permissions.js';
import { Secret } from '../../../src/secret.js';
import { failureOf } from '../../support/meta-failure.js';
import { createScriptedMeta, madeToken, parametersIn, proofOf } from '../../support/scripted-meta.js';

test("The app takes back what a person of Facebook Login granted, by its own token and the person's id.", async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer('{"success":true}');
  const { meta } = scripted;
  await revokeFacebookPermissions(meta, '10220000000000001');
  const { method, path, query, body } = scripted.onlyCall;
  expect({ method, path, body }).toEqual({
    method: 'DELETE',
    path: '/deep/fb-graph/v21.0/10220000000000001/permissions',
    body: '',
  });
  const appToken = `${meta.facebookApp.clientId}|${meta.facebookApp.clientSecret.reveal()}`;
  expect(parametersIn(query)).toEqual({
    access_token: appToken,
    appsecret_proof: proofOf(meta.facebookApp, new Secret(appToken)),
  });
});

test("An Instagram person's grant is taken back by their token.", async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer('{"success":true}');
  const token = madeToken('IGAA');
  await revokeInstagramPermissions(scripted.meta, token);
  const { method, path, query } = scripted.onlyCall;
  expect({ method, path }).toEqual({
    method: 'DELETE',
    path: '/ig-graph/me/permissions',
  });
  expect(parametersIn(query)).toEqual({ access_token: token.reveal() });
});

test.for(['{"success":false}', '{}', 'true', '[]'])('The answer %s is no success.', async (answer) => {
  await using scripted = await createScriptedMeta();
  scripted.answer(answer);
  const failure = await failureOf(revokeFacebookPermissions(scripted.meta, '1'));
  expect(failure.code).toBe('META_BAD_RESPONSE');
});

test.for(['me', '', '../1', '1/../me', 'x?y=1', '1#'])('%j is no id, and Meta is not asked.', async (id) => {
  await using scripted = await createScriptedMeta();
  await expect(revokeFacebookPermissions(scripted.meta, id)).rejects.toThrow(TypeError);
  expect(scripted.calls).toEqual([]);
});
