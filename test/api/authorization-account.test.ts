import { expect, test } from 'vitest';
import { CompleteInstagramAuthDocument } from '../../src/generated/graphql.js';
import { idsOf, listPage } from '../support/listing.js';
import { createTestApp } from '../support/test-app.js';

const completeWith = (selection: string): string => `
  mutation ($code: String!, $state: String, $verifier: String) {
    completeInstagramAuth(code: $code, state: $state, verifier: $verifier) { ${selection} }
  }`;

const plainFields = `accountId professionalAccountId accountName displayName profilePictureUrl scopes
  missingScopes connectedAt updatedAt settings { systemPrompt version } tokenStatus { state kind }
  connection { flow steps { step outcome } }`;

test('Whoever completes a connection without a key may read the account in the answer.', async () => {
  await using moca = await createTestApp();
  const callback = await moca.consent('page-token');
  const { completeInstagramAuth } = await moca.visitor.raw<{ completeInstagramAuth: object }>(
    completeWith(plainFields),
    callback,
  );
  expect(completeInstagramAuth).toMatchObject({ accountName: 'moca_page_token', settings: { version: 1 } });
});

test('Its history is not for people without a key; the connection is made all the same and can be joined.', async () => {
  await using moca = await createTestApp();
  const callback = await moca.consent('page-token');
  const failure = await moca.visitor.failRaw(
    completeWith('accountId history { edges { node { type } } }'),
    callback,
  );
  expect(failure.extensions.code).toBe('UNAUTHENTICATED');
  const { completeInstagramAuth } = await moca.visitor.send(CompleteInstagramAuthDocument, callback);
  expect(idsOf(await listPage(moca.admin))).toEqual([completeInstagramAuth.accountId]);
  expect(moca.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(1);
});

test('An admin who completes a connection reads the history in the same answer.', async () => {
  await using moca = await createTestApp();
  const callback = await moca.consent('page-token');
  const { completeInstagramAuth } = await moca.admin.raw<{ completeInstagramAuth: object }>(
    completeWith('history { edges { node { type actor } } }'),
    callback,
  );
  expect(completeInstagramAuth).toEqual({
    history: { edges: [{ node: { type: 'connected', actor: 'admin:ada' } }] },
  });
});

test('No field of any type but InstagramAccessToken gives a token.', async () => {
  await using moca = await createTestApp();
  const account = await moca.connect('page-token');
  const { accountId } = account;
  const everything = await moca.admin.raw(
    `query ($accountId: ID!) { instagramAccount(accountId: $accountId) { ${plainFields}
      history { edges { cursor node { id at type actor detail } } } } }`,
    { accountId },
  );
  for (const secret of moca.sandbox.ledger.secrets())
    expect(JSON.stringify(everything)).not.toContain(secret);
});
