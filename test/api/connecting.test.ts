import { expect, test } from 'vitest';
import { InstagramAccessTokenDocument } from '../../src/generated/graphql.js';
import { brief, callCounts, complete } from '../support/outcome.js';
import { createTestApp } from '../support/test-app.js';

test('A person with a linked page ends with a page token that never expires.', async () => {
  await using moca = await createTestApp();
  const account = await moca.connect('page-token');
  expect(account).toMatchObject({
    accountId: '17841405500000001',
    accountName: 'moca_page_token',
    displayName: 'Café One linked page',
    tokenStatus: { kind: 'PAGE', state: 'ACTIVE', expiresAt: null },
  });
  expect(brief(account.connection.steps)).toEqual([
    'code_exchange OK',
    'fb_exchange_token OK',
    'page_token OK',
    'ig_exchange_token SKIPPED',
    'profile OK',
  ]);
  expect(callCounts(moca.sandbox)).toEqual({
    code_exchange: 1,
    fb_exchange_token: 1,
    me_accounts: 1,
    fb_me: 1,
    page_profile: 1,
  });
});

test('A service gets the very token that the last step of the ladder brought.', async () => {
  await using moca = await createTestApp({ flow: 'instagram' });
  const { accountId } = await moca.connect('page-token');
  const { instagramAccessToken } = await moca.service.send(InstagramAccessTokenDocument, { accountId });
  const granted = moca.sandbox.ledger.last({ endpoint: 'ig_exchange_token' })?.granted;
  expect(granted).toMatch(/^IGAA/);
  expect(instagramAccessToken).toMatchObject({ accessToken: granted, kind: 'LONG_LIVED' });
});

test('A code keeps working with the fragment that browsers leave behind it, and is the same code.', async () => {
  await using moca = await createTestApp();
  const callback = await moca.consent('page-token');
  const { code } = callback;
  for (const pasted of [`${code}#_`, `${code}#_=_`, ` ${code}\n`, code]) {
    expect(await complete(moca, { ...callback, code: pasted })).toEqual({ accountId: '17841405500000001' });
  }
  expect(moca.sandbox.ledger.calls({ endpoint: 'code_exchange' })).toMatchObject([{ params: { code } }]);
});
