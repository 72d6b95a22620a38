import type { Platform } from '../platform.js';

/**
 * Opens the dialog like a browser, sends its form with the persona's button, and reads where that leads.
 *
 * @throws {Error} with the page's text when there is no form, or no way back to the app
 */
export async function visitDialog(
  platform: Platform,
  authorizationUrl: string,
  personaId: string,
): Promise<URL> {
  if (!authorizationUrl.startsWith(`${platform.url}/`)) {
    throw new TypeError(`The authorization URL does not lead to this sandbox (${platform.url}).`);
  }
  const dialog = await fetch(authorizationUrl, { redirect: 'manual' });
  const page = await dialog.text();
  if (!page.includes('<form')) throw new Error(`The dialog offers nothing to consent to: ${textOf(page)}`);
  const answer = await fetch(authorizationUrl, {
    method: 'POST',
    body: new URLSearchParams({ persona: personaId }),
    redirect: 'manual',
  });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`The consent did not lead back: ${textOf(await answer.text())}`);
  return new URL(location);
}

function textOf(page: string): string {
  return page
    .replace(/<head>.*<\/head>/s, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
