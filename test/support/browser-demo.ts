import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { createDemo, type Demo } from '../../src/sandbox/demo.js';
import { launchBrowser } from './browser.js';

export interface BrowserDemo {
  readonly browser: Browser;
  readonly demo: Demo;
}

/** A demo of the moca flow and a browser, for all tests of a file: there once the first of them begins. */
export function useBrowserDemo(): BrowserDemo {
  const shared = {} as { browser: Browser; demo: Demo };
  beforeAll(async () => {
    shared.demo = await createDemo({ port: 0, sandboxPort: 0, flow: 'moca', logLevel: 'silent' });
    shared.browser = await launchBrowser();
  });
  afterAll(async () => {
    await shared.browser.close();
    await shared.demo.close();
  });
  return shared;
}
