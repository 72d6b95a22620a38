import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useBrowserDemo } from '../support/browser-demo.js';

const shared = useBrowserDemo();

/** Opens the start page in a fresh profile, and notes whatever the browser complains about. */
async function visit(): Promise<{ page: Page; complaints: string[] }> {
  const page = await (await shared.browser.newContext()).newPage();
  // The only thing that the pages load from elsewhere.
  await page.route(/cdninstagram\.com/, (route) =>
    route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }),
  );
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${shared.demo.url}/`);
  return { page, complaints };
}

async function connectAs(page: Page, persona: string): Promise<void> {
  await page.getByRole('button', { name: 'Connect Instagram' }).click();
  await page.locator(`button[value="${persona}"]`).click();
}

test('A person connects an account in a browser and sees it, with its token and its steps.', async () => {
  const { page, complaints } = await visit();
  await connectAs(page, 'several-pages');
  await page.getByRole('heading', { name: '@moca_several_pages is connected' }).waitFor();
  expect(await page.locator('dl').innerText()).toContain('PAGE, ACTIVE');
  expect(await page.locator('details li[data-outcome]').count()).toBe(5);
  expect(complaints).toEqual([]);
});

test('What has become of it is the title of the page, and is read out: its heading has the focus.', async () => {
  const { page } = await visit();
  await connectAs(page, 'code-101');
  await page.getByRole('heading', { name: '@moca_code_101 is connected' }).waitFor();
  expect(await page.title()).toBe('@moca_code_101 is connected · Moca Connect');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('@moca_code_101 is connected');
});

test('A connection that succeeded looks like one, though a step failed, and its times name their zone.', async () => {
  const { page } = await visit();
  await connectAs(page, 'code-101');
  await page.getByRole('heading', { name: '@moca_code_101 is connected' }).waitFor();
  expect(await page.locator('main').innerText()).not.toMatch(/FAILED|APP_MISCONFIGURED/);
  expect(await page.locator('dl').innerText()).toMatch(/\d (AM|PM) (GMT|[A-Z]{3,4})/);
  await page.getByText('Steps, for the operator').click();
  expect(await page.locator('main').innerText()).toContain('APP_MISCONFIGURED');
});

test('Without JavaScript both pages say that they need it.', async () => {
  const page = await (await shared.browser.newContext({ javaScriptEnabled: false })).newPage();
  for (const path of ['/', '/instagram-callback?code=x']) {
    await page.goto(`${shared.demo.url}${path}`);
    expect(await page.locator('main').innerText()).toContain('JavaScript');
  }
});

test('Neither the address bar, nor the history, nor the storage of the tab keeps the code.', async () => {
  const { page } = await visit();
  await connectAs(page, 'page-token');
  await page.getByRole('heading', { name: /is connected/ }).waitFor();
  expect(page.url()).toBe(`${shared.demo.url}/instagram-callback`);
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});

test('A person whose account cannot be connected reads what to do about it.', async () => {
  const { page } = await visit();
  await connectAs(page, 'not-a-tester');
  await page.getByRole('heading', { name: 'The account could not be connected' }).waitFor();
  expect(await page.getByRole('alert').innerText()).toContain('tester invitation');
  expect(await page.locator('dl').innerText()).toContain('APP_NOT_APPROVED');
});

test('A person who refuses consent is told so, and the API is not called.', async () => {
  const { page } = await visit();
  await page.getByRole('button', { name: 'Connect Instagram' }).click();
  const cancel = page.getByRole('button', { name: /^Cancel/ });
  await cancel.waitFor();
  const calls: string[] = [];
  page.on('request', (request) => calls.push(request.url()));
  await cancel.click();
  await page.getByRole('heading', { name: 'Nothing was connected' }).waitFor();
  expect(calls.filter((url) => url.endsWith('/graphql'))).toEqual([]);
  expect(await page.getByRole('status').innerText()).toMatch(
    /^You refused access at Meta.* Connect Instagram/,
  );
  expect(await page.getByRole('link', { name: 'Connect Instagram' }).getAttribute('href')).toBe('/');
});

test('A code that another browser brings without the verifier is refused before Meta hears of it.', async () => {
  const { page } = await visit();
  const stolen = page.waitForRequest((request) => request.url().includes('/instagram-callback?'));
  await page.route('**/graphql', (route) =>
    route.request().postData()?.includes('completeInstagramAuth') ? route.abort() : route.continue(),
  );
  await connectAs(page, 'two-linked-pages');
  const { page: thief } = await visit();
  const before = shared.demo.sandbox.ledger.count({ endpoint: 'code_exchange' });
  await thief.goto((await stolen).url());
  await thief.getByRole('heading', { name: 'The account could not be connected' }).waitFor();
  expect(await thief.locator('dl').innerText()).toContain('STATE_INVALID');
  expect(shared.demo.sandbox.ledger.count({ endpoint: 'code_exchange' })).toBe(before);
});
