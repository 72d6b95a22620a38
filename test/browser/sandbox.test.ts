import { expect, test } from 'vitest';
import { DAY } from '../../src/time.js';
import { useBrowserDemo } from '../support/browser-demo.js';

const shared = useBrowserDemo();

test("The forms of the demo's sandbox work as they stand there, say what has come of it, and lead back.", async () => {
  shared.demo.sandbox.clock.advance(DAY);
  const page = await shared.browser.newPage();
  await page.goto(shared.demo.sandbox.url);
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
