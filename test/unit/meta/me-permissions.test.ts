import { expect, test } from 'vitest';
import { exchangeFacebookCode } from '../../../src/meta/exchange-authorization-code.js';
import { fetchGrantedPermissions } from '../../../src/meta/me-permissions.js';
import { fixture } from '../../support/fixture.js';
import { failureOf } from '../../support/meta-failure.js';
import { createSandboxMeta } from '../../support/sandbox-meta.js';
import { createScriptedMeta, madeToken, parametersIn, proofOf } from '../../support/scripted-meta.js';

test('The permissions are asked for with the token and its proof, and only the granted ones count.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(fixture('me-permissions'));
  const token = madeToken('EAA');
  expect(await fetchGrantedPermissions(scripted.meta, token)).toEqual(['instagram_basic']);
  const { method, path, query } = scripted.onlyCall;
  expect({ method, path }).toEqual({ method: 'GET', path: '/deep/fb-graph/v21.0/me/permissions' });
  expect(parametersIn(query)).toEqual({
    access_token: token.reveal(),
    appsecret_proof: proofOf(scripted.meta.facebookApp, token),
  });
});

test('Nothing granted is an empty list, and a new status is not a grant.', async () => {
  await using scripted = await createScriptedMeta();
  scripted.answer(
    '{"data":[]}',
    '{"data":[{"permission":"a","status":"expired","new":1},{"permission":"b","status":"granted"}]}',
  );
  expect(await fetchGrantedPermissions(scripted.meta, madeToken('EAA'))).toEqual([]);
  expect(await fetchGrantedPermissions(scripted.meta, madeToken('EAA'))).toEqual(['b']);
});

test.for(['{}', '{"data":{}}', '{"data":[{"permission":"a"}]}', '{"success":true}', '[]'])(
  'The answer %s is no list of permissions.',
  async (body) => {
    await using scripted = await createScriptedMeta();
    scripted.answer(body);
    expect(await failureOf(fetchGrantedPermissions(scripted.meta, madeToken('EAA')))).toMatchObject({
      endpoint: 'me_permissions',
      code: 'META_BAD_RESPONSE',
    });
  },
);

test('The sandbox leaves out what the person declined.', async () => {
  await using test = await createSandboxMeta('facebook', { requiresAppSecretProof: true });
  const all = await exchangeFacebookCode(test.meta, await test.code('page-token'));
  const some = await exchangeFacebookCode(test.meta, await test.code('declined-scope'));
  const [granted, kept] = [
    await fetchGrantedPermissions(test.meta, all.value),
    await fetchGrantedPermissions(test.meta, some.value),
  ];
  expect(granted).toContain('instagram_basic');
  expect(kept.length).toBeLessThan(granted.length);
  expect(granted).toEqual(expect.arrayContaining(kept));
});
