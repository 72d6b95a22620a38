import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page, Route } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.js';
import { blocks } from '../support/readme.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const root = join(import.meta.dirname, '..', '..');

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
});

/** What the README leaves to the app: a button, and what to show. */
const GLUE = `
const heading = document.querySelector('h1');
if (location.pathname === '/') document.querySelector('button').onclick = connectInstagram;
else completeConnection((seconds, userAction) => document.body.append(seconds + ': ' + userAction))
  .then((account) => { heading.textContent = account === null ? 'Refused' : account.accountName; })
  .catch((error) => { heading.textContent = error.response.errors[0].extensions.code; });
`;

/** The README's code for a single-page app, bundled as such apps are. */
async function bundleOf(apiUrl: string): Promise<string> {
  const code = (blocks('js')[0] ?? '').replace('https://connect.example.com', apiUrl) + GLUE;
  // As if it stood in this folder, where its package is found.
  const entry = join(root, 'single-page-app.js');
  await using bundle = await rolldown({
    input: entry,
    platform: 'browser',
    plugins: [
      {
        name: 'readme',
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? code : null),
      },
    ],
  });
  return (await bundle.generate()).output[0].code;
}

interface SinglePageApp extends AsyncDisposable {
  readonly url: string;
  readonly moca: TestApp;
}

/** An app at an origin of its own, and the server that it calls. */
async function createSinglePageApp(): Promise<SinglePageApp> {
  let script = '';
  const server = createServer((request, response) => {
    const isScript = request.url === '/app.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript ? script : '<script type="module" src="/app.js"></script><h1>…</h1><button>Connect</button>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const redirectUri = `${url}/instagram-callback`;
  const moca = await createTestApp({
    env: { INSTAGRAM_REDIRECT_URI: redirectUri, CORS_ORIGINS: url, OAUTH_STATE: 'required' },
    sandbox: { redirectUris: [redirectUri] },
  });
  script = await bundleOf(moca.url);
  return {
    url,
    moca,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await moca[Symbol.asyncDispose]();
    },
  };
}

/** Comes back from Meta as the persona, or refuses; the first calls meet their fates. */
async function comeBack(
  url: string,
  persona: string,
  ...fates: Array<(route: Route) => Promise<void>>
): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.route('**/graphql', (route) => {
    const isCompletion = route.request().postData()?.includes('completeInstagramAuth') === true;
    const fate = isCompletion ? fates.shift() : undefined;
    return fate === undefined ? route.continue() : fate(route);
  });
  await page.goto(url);
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.locator(`button[value="${persona}"]`).click();
  return page;
}

/** What is left of the authorization: the address, and how much the tab's storage holds. */
async function leftAt(page: Page): Promise<[string, number]> {
  return [page.url(), await page.evaluate(() => sessionStorage.length)];
}

test('README example: a single-page app of another origin connects an account, though calls are lost or put off.', async () => {
  await using app = await createSinglePageApp();
  const pending = {
    code: 'CONNECTION_PENDING',
    retryable: true,
    retryAfterSeconds: 0,
    userAction: 'Wait a moment.',
  };
  const page = await comeBack(
    app.url,
    'page-token',
    (route) => route.abort('connectionrefused'),
    (route) =>
      route.fulfill({
        headers: { 'access-control-allow-origin': app.url },
        json: { errors: [{ message: 'Not yet.', extensions: pending }] },
      }),
  );
  await page.getByRole('heading', { name: 'moca_page_token' }).waitFor();
  expect(await page.locator('body').innerText()).toMatch(
    /2: Check your connection\.\s*0: Wait a moment\.\s*$/,
  );
  expect(await leftAt(page)).toEqual([`${app.url}/instagram-callback`, 0]);
});

test('README example: in such an app, whoever refuses, or cannot be connected, is told so once.', async () => {
  await using app = await createSinglePageApp();
  const refused = await comeBack(app.url, 'denied');
  await refused.getByRole('heading', { name: 'Refused' }).waitFor();
  const failed = await comeBack(app.url, 'not-a-tester');
  await failed.getByRole('heading', { name: 'APP_NOT_APPROVED' }).waitFor();
  for (const page of [refused, failed]) {
    expect(await leftAt(page)).toEqual([`${app.url}/instagram-callback`, 0]);
  }
});
