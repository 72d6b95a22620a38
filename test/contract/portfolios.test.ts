import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import { ACCOUNT_FIELDS, facebook, longToken, refusal, scopesOf } from './visitor.js';

const businessScopes = { scope: `${scopesOf.documented},business_management` };

test('the page in a portfolio is found through me/businesses and owned_pages, never in me/accounts', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'documented', 'portfolio-page', businessScopes);
  expect((await facebook(sandbox, 'me/accounts', token)).body).toEqual({ data: [] });
  expect((await facebook(sandbox, 'me/accounts', token)).body).toEqual({ data: [] });
  const { body } = await facebook(sandbox, 'me/businesses', token);
  const found: { edge: string; linked: boolean; access_token: string }[] = [];
  for (const business of body.data) {
    for (const edge of ['owned_pages', 'client_pages']) {
      const pages = await facebook(sandbox, `${business.id}/${edge}`, token, { fields: ACCOUNT_FIELDS });
      for (const page of pages.body.data) {
        found.push({ edge, linked: 'instagram_business_account' in page, access_token: page.access_token });
      }
    }
  }
  expect(found).toEqual([
    { edge: 'client_pages', linked: false, access_token: expect.stringMatching(/^EAAsandbox/) },
    { edge: 'owned_pages', linked: true, access_token: expect.stringMatching(/^EAAsandbox/) },
  ]);
});

test('portfolios and their pages are paged like every list', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'documented', 'portfolio-page', businessScopes);
  const first = (await facebook(sandbox, 'me/businesses', token, { limit: '1' })).body;
  const { after } = first.paging.cursors;
  const second = (await facebook(sandbox, 'me/businesses', token, { limit: '1', after })).body;
  expect([first.paging.next !== undefined, second.paging.next !== undefined]).toEqual([true, false]);
  expect(second.data).toEqual([{ id: expect.stringMatching(/^\d{15}$/), name: 'Café portfolio' }]);
  const [business] = second.data;
  const owned = (await facebook(sandbox, `${business.id}/owned_pages`, token)).body;
  expect(owned).toMatchObject({ data: [{ name: 'Page in a portfolio, page 1' }], paging: { cursors: {} } });
  expect((await facebook(sandbox, `${business.id}/client_pages`, token)).body).toEqual({ data: [] });
});

test('portfolios are refused without business_management', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'documented', 'portfolio-page');
  const allowed = await longToken(sandbox, 'documented', 'portfolio-page', businessScopes);
  const [business] = (await facebook(sandbox, 'me/businesses', allowed)).body.data;
  for (const path of ['me/businesses', `${business.id}/owned_pages`, `${business.id}/client_pages`]) {
    expect(refusal(await facebook(sandbox, path, token))).toMatchObject({
      status: 403,
      code: 200,
      message: '(#200) Requires business_management permission to manage the object',
    });
  }
});

test("somebody else's portfolio does not exist", async () => {
  await using sandbox = await createSandbox();
  const theirs = await longToken(sandbox, 'documented', 'portfolio-page', businessScopes);
  const [business] = (await facebook(sandbox, 'me/businesses', theirs)).body.data;
  const mine = await longToken(sandbox, 'documented', 'page-token', businessScopes);
  expect((await facebook(sandbox, 'me/businesses', mine)).body).toEqual({ data: [] });
  expect(refusal(await facebook(sandbox, `${business.id}/owned_pages`, mine))).toMatchObject({
    code: 100,
    subcode: 33,
  });
});
