import type { Page, Route } from 'playwright-core';
import { expect, test } from 'vitest';
import { useBrowserDemo } from '../support/browser-demo.js';

const shared = useBrowserDemo();

/** What becomes of a call of completeInstagramAuth on its way to the server. */
type Fate = (route: Route) => Promise<void>;

const lost: Fate = (route) => route.abort('connectionrefused');

function answered(status: number, body: string): Fate {
  return (route) => route.fulfill({ status, contentType: 'application/json', body });
}

function refusedWith(code: string, retryAfterSeconds: number, status = 200): Fate {
  const extensions = { code, retryable: true, retryAfterSeconds, userAction: 'Wait a little.' };
  return answered(status, JSON.stringify({ errors: [{ message: 'Not yet.', extensions }] }));
}

/** Comes back from Meta as the persona; the first calls meet their fates, the others pass. */
async function comeBack(persona: string, ...fates: Fate[]): Promise<{ page: Page; fates: Fate[] }> {
  const page = await (await shared.browser.newContext()).newPage();
  await page.route(/cdninstagram\.com/, (route) => route.abort());
  await page.route('**/graphql', (route) => {
    const isCompletion = route.request().postData()?.includes('completeInstagramAuth') === true;
    const fate = isCompletion ? fates.shift() : undefined;
    return fate === undefined ? route.continue() : fate(route);
  });
  await page.goto(`${shared.demo.url}/`);
  await page.getByRole('button', { name: 'Connect Instagram' }).click();
  await page.locator(`button[value="${persona}"]`).click();
  return { page, fates };
}

function exchanges(): number {
  return shared.demo.sandbox.ledger.count({ endpoint: 'code_exchange' });
}

test.each([
  ['error=access_denied&error_reason=user_denied&error_description=Permissions+error', 'You refused access'],
  ['error=access_denied&error_reason=user_denied&error_description=The+user+denied', 'You refused access'],
  ['error=access_denied&error_description=Insufficient+developer+role', 'tester invitation'],
  ['error=server_error', 'Try again in a few minutes'],
  ['error=invalid_scope&error_description=Invalid+scope', 'tell the operator to check the app'],
  ['error_code=100&error_message=Invalid+Scopes:+nonsense', 'tell the operator to check the app'],
  ['error_code=2&error_message=An+unexpected+error+has+occurred', 'Try again in a few minutes'],
  ['error_message=Call+0900+123', 'without saying why'],
  ['error=Call+0900+123&error_description=Call+0900+123&error_reason=Call', 'without saying why'],
])('A person whom Meta sends back with ?%s reads words of ours.', async (query, sentence) => {
  const page = await (await shared.browser.newContext()).newPage();
  await page.goto(`${shared.demo.url}/instagram-callback?${query}&state=x`);
  await page.getByRole('heading', { name: 'Nothing was connected' }).waitFor();
  const text = await page.locator('main').innerText();
  expect(text).toContain(sentence);
  expect(text).not.toMatch(/Permissions error|The user denied|Insufficient|Invalid|unexpected|0900/);
  expect(await page.getByRole('link', { name: 'Connect Instagram' }).getAttribute('href')).toBe('/');
});

test('A page whose calls are lost, or refused for now, asks again until it has its answer.', async () => {
  const before = exchanges();
  const { page, fates } = await comeBack(
    'several-pages',
    lost,
    answered(502, '<html>Bad gateway</html>'),
    refusedWith('RATE_LIMITED', 0, 503),
    refusedWith('RATE_LIMITED', 1),
    refusedWith('CONNECTION_PENDING', 0),
    refusedWith('META_RATE_LIMITED', 0),
  );
  await page.getByRole('heading', { name: /is connected/ }).waitFor();
  expect(fates).toEqual([]);
  expect(exchanges() - before).toBe(1);
});

test('While it asks again, the page says so, and nothing secret stands in its URL.', async () => {
  const { page } = await comeBack('several-pages', refusedWith('RATE_LIMITED', 60));
  await page.getByText('Wait a little. This page tries again by itself in about 60 seconds.').waitFor();
  expect(page.url()).toBe(`${shared.demo.url}/instagram-callback`);
});

test('A person who has to wait longer than the page does reads for how long.', async () => {
  const { page } = await comeBack('several-pages', refusedWith('META_RATE_LIMITED', 19 * 60));
  await page.getByRole('heading', { name: 'The account is not connected yet' }).waitFor();
  expect(await page.getByRole('alert').innerText()).toBe('Wait a little. You can go on in about 19 minutes.');
  await page.getByRole('link', { name: 'Go on' }).click();
  await page.getByRole('heading', { name: /is connected/ }).waitFor();
});

test('A reload meanwhile goes on with the same code, and what is kept for it is gone with the answer.', async () => {
  const before = exchanges();
  const { page } = await comeBack('several-pages', refusedWith('CONNECTION_PENDING', 60));
  await page.getByRole('status').filter({ hasText: 'tries again' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: /is connected/ }).waitFor();
  expect(exchanges() - before).toBe(1);
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});

test('A reload after the answer connects nothing, and does not say that anything went wrong.', async () => {
  const { page } = await comeBack('several-pages');
  await page.getByRole('heading', { name: /is connected/ }).waitFor();
  const calls: string[] = [];
  page.on('request', (request) => calls.push(request.url()));
  await page.reload();
  await page.getByRole('heading', { name: 'There is nothing to do here' }).waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  expect(calls.filter((url) => url.endsWith('/graphql'))).toEqual([]);
});

test('Whoever begins anew has given up what was left unfinished.', async () => {
  const { page } = await comeBack('several-pages', refusedWith('CONNECTION_PENDING', 60));
  await page.getByRole('status').filter({ hasText: 'tries again' }).waitFor();
  await page.goto(`${shared.demo.url}/`);
  await page.getByRole('button', { name: 'Connect Instagram' }).click();
  await page.getByRole('button', { name: /^Cancel/ }).click();
  await page.getByRole('heading', { name: 'Nothing was connected' }).waitFor();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});

test('A final refusal is told at once, and not asked about again.', async () => {
  const { page } = await comeBack('not-a-tester');
  await page.getByRole('heading', { name: 'The account could not be connected' }).waitFor();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});
