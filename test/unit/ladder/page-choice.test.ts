import { expect, test } from 'vitest';
import type { Page } from '../../../src/meta/page.js';
import { Secret } from '../../../src/secret.js';
import { choosePage, linkedPages, mergePages } from '../../../src/tokens/ladder/page-choice.js';

function aPage(id: string, { token = true, linked = true } = {}): Page {
  return {
    id,
    name: `Page ${id}`,
    accessToken: token ? new Secret(`token of ${id}`) : null,
    instagram: linked ? { id: `17841${id}`, username: `shop_${id}` } : null,
  };
}

function reasonOf(pages: readonly Page[], picked: string | null = null): unknown {
  try {
    return choosePage(pages, picked);
  } catch (error) {
    return error;
  }
}

test("Among linked pages the first in Meta's order is chosen, and the others are told.", () => {
  const { page, others } = choosePage([aPage('1', { linked: false }), aPage('2'), aPage('3')], null);
  expect(page).toMatchObject({ id: '2', professionalAccountId: '178412' });
  expect(others.map(({ username }) => username)).toEqual(['shop_3']);
});

test('The picked account is chosen wherever it stands.', () => {
  const { page, others } = choosePage([aPage('1'), aPage('2'), aPage('3')], '178413');
  expect(page.id).toBe('3');
  expect(others.map(({ id }) => id)).toEqual(['1', '2']);
});

test.each([
  ['there is no page', [], null, 'NO_PAGE'],
  ['there is no page at all for a picked account', [], '178419', 'NO_PAGE'],
  ['no page is linked', [aPage('1', { linked: false })], null, 'NONE_LINKED'],
  ['the linked page was left unticked', [aPage('1', { token: false })], null, 'PERMISSION_MISSING'],
  ['another account than the linked one is picked', [aPage('1')], '178419', 'NOT_AMONG_THEM'],
] as const)('When %s, the reason says so.', (_when, pages, picked, reason) => {
  expect(reasonOf(pages, picked)).toMatchObject({
    code: 'PAGE_NOT_LINKED',
    retryable: false,
    details: { step: 'page_token', reason },
  });
});

test('A page without a token of its own cannot be used.', () => {
  expect(linkedPages([aPage('1', { token: false }), aPage('2')]).map(({ id }) => id)).toEqual(['2']);
});

test('A page that stands in several lists is one page, with what any of them knows of it.', () => {
  const merged = mergePages(
    [aPage('1', { token: false }), aPage('2', { linked: false })],
    [aPage('2'), aPage('1', { linked: false })],
  );
  expect(merged.map(({ id }) => id)).toEqual(['1', '2']);
  expect(linkedPages(merged).map(({ id }) => id)).toEqual(['1', '2']);
});
