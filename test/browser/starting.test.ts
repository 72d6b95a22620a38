import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDemo } from '../../src/sandbox/demo.js';
import { launchBrowser } from '../support/browser.js';
import { createTestApp } from '../support/test-app.js';

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
});

async function open(url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.route(/cdninstagram\.com/, (route) => route.abort());
  await page.goto(url);
  return page;
}

test('Where people come back to another site, nobody is offered what could not be completed, and reads why.', async () => {
  await using moca = await createTestApp();
  const page = await open(`${moca.url}/`);
  await page.getByText('to https://moca.pages.dev, another site').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  expect(await page.getByRole('button').count()).toBe(0);
});

test('Whoever opens the demo by another name of this machine connects an account like everybody else.', async () => {
  await using demo = await createDemo({ port: 0, sandboxPort: 0, flow: 'moca', logLevel: 'silent' });
  const page = await open(`${demo.url.replace('127.0.0.1', 'localhost')}/`);
  await page.waitForURL(`${demo.url}/`);
  await page.getByRole('button', { name: 'Connect Instagram' }).click();
  await page.locator('button[value="several-pages"]').click();
  await page.getByRole('heading', { name: '@moca_several_pages is connected' }).waitFor();
  expect(page.url()).toBe(`${demo.url}/instagram-callback`);
});

test('Whoever may not begin just now reads when they may, and nothing of it any more when they try again.', async () => {
  await using demo = await createDemo({ port: 0, sandboxPort: 0, flow: 'moca', logLevel: 'silent' });
  const page = await open(`${demo.url}/`);
  const error = {
    message: 'Too many calls from this address.',
    extensions: { code: 'RATE_LIMITED', retryable: true, userAction: 'Wait.', retryAfterSeconds: 40 },
  };
  const released = Promise.withResolvers<void>();
  let calls = 0;
  await page.route('**/graphql', async (route) => {
    calls += 1;
    if (calls > 1) await released.promise;
    await route.fulfill({ json: { errors: [error] } });
  });
  const [button, alert] = [page.getByRole('button'), page.getByRole('alert')];
  await button.click();
  const told = 'Too many calls from this address. Wait. You can try again in about 40 seconds.';
  await alert.filter({ hasText: told }).waitFor();
  await button.click();
  await alert.waitFor({ state: 'hidden' });
  released.resolve();
  await alert.filter({ hasText: told }).waitFor();
  expect(calls).toBe(2);
});
