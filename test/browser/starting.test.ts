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
  await page.getByRole('alert').filter({ hasText: 'to https://moca.pages.dev, another site' }).waitFor();
  expect(await page.getByRole('button').count()).toBe(0);
});

test('Whoever opens the demo by another name of this machine connects an account like everybody else.', async () => {
  await using demo = await createDemo({ port: 0, sandboxPort: 0, flow: 'moca', logLevel: 'silent' });
  const page = await open(`${demo.url.replace('127.0.0.1', 'localhost')}/`);
  await page.waitForURL(`${demo.url}/`);
  await page.getByRole('button', { name: 'Connect Instagram' }).click();
  await page.locator('button[value="several-pages"]').click();
  await page.getByRole('heading', { name: '@moca_several_pages is connected' }).waitFor();
});
