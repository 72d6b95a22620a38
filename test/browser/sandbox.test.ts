import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDemo, type Demo } from '../../src/sandbox/demo.js';
import { DAY } from '../../src/time.js';
import { launchBrowser } from '../support/browser.js';

let browser: Browser;
let demo: Demo;

beforeAll(async () => {
  demo = await createDemo({ port: 0, sandboxPort: 0, flow: 'moca', logLevel: 'silent' });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await demo.close();
});

test("The forms of the demo's sandbox work as they stand there, say what has come of it, and lead back.", async () => {
  demo.sandbox.clock.advance(DAY);
  const page = await browser.newPage();
  await page.goto(demo.sandbox.url);
  await page.getByRole('button', { name: 'Verify and save' }).click();
  await page.getByText('Verified and saved').waitFor();
  await page.getByRole('link', { name: 'Back to the sandbox' }).click();
  const form = page.locator('form', { hasText: 'Remove the app' });
  const people = await form.getByLabel('Who').locator('option').allInnerTexts();
  expect(people).toEqual(['page-token', 'two-linked-pages', 'code-101', 'short-lived-only']);
  await form.getByLabel('Who').selectOption('code-101');
  await form.getByRole('button').click();
  await page.getByText('The app was removed; your server answered 200').waitFor();
});
