import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useBrowserDemo } from '../support/browser-demo.js';

const shared = useBrowserDemo();

/** A page on a phone, with what the browser complains about. */
async function onPhone(url: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await (await shared.browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}

test('On a phone no page scrolls sideways, and what it holds keeps away from both edges.', async () => {
  for (const url of [
    `${shared.demo.url}/`,
    `${shared.demo.url}/instagram-callback`,
    `${shared.demo.sandbox.url}/`,
  ]) {
    const { page, complaints } = await onPhone(url);
    const layout = await page.evaluate(() => {
      const { left, right } = document.querySelector('h1')?.getBoundingClientRect() ?? { left: 0, right: 0 };
      const card = document.querySelector('main')?.getBoundingClientRect() ?? { left: 0, right: 0 };
      return { width: document.documentElement.scrollWidth, left, right, card: [card.left, card.right] };
    });
    expect(layout.width).toBe(390);
    expect(layout.left).toBeGreaterThanOrEqual(16);
    expect(layout.right).toBeLessThanOrEqual(374);
    expect(complaints).toEqual([]);
    // The server's pages are cards: their own edges are seen.
    expect(layout.card).toEqual(url.startsWith(shared.demo.url) ? [16, 374] : [0, 390]);
  }
});

test('The page about a deletion looks like the others.', async () => {
  const { page } = await onPhone(`${shared.demo.url}/data-deletion/unknown`);
  const card = await page.locator('main').evaluate((main) => getComputedStyle(main).borderRadius);
  expect(card).not.toBe('0px');
});

test('Browsers that ask for an icon are told that there is none, and complain about nothing.', async () => {
  expect((await fetch(`${shared.demo.url}/favicon.ico`)).status).toBe(204);
});
