import { expect, test } from 'vitest';
import { limitsFrom } from '../../../src/meta/limits.js';
import { MetaError } from '../../../src/meta/meta-error.js';
import { MINUTE, plus } from '../../../src/time.js';

const now = new Date('2026-11-24T12:00:00Z');
const unused = { appPercent: null, business: [] };

function refusal(code: number | null, regainMs?: number): MetaError {
  return new MetaError({
    endpoint: 'ig_me',
    errorClass: 'rate_limit',
    code: 'META_RATE_LIMITED',
    status: 400,
    meta: { code, subcode: null, type: null, fbtraceId: null },
    requestSent: true,
    refused: true,
    ...(regainMs === undefined ? {} : { regainMs }),
  });
}

test('From 95 % on an app has no calls left for the background, at the host that said so.', () => {
  const at = (appPercent: number) => limitsFrom('facebookGraph', { ...unused, appPercent }, null, now);
  expect(at(94.9)).toEqual([]);
  expect(at(95)).toEqual([
    {
      scope: 'app:facebook',
      until: plus(now, 5 * MINUTE),
      blocks: 'background',
      reason: 'The app uses 95 % of its calls.',
    },
  ]);
});

test('A business that has to wait waits for everything, as long as Meta says; one that is busy for the background.', () => {
  const business = [
    { id: '1', percent: 100, regainMs: 7 * MINUTE },
    { id: '2', percent: 95, regainMs: 0 },
    { id: '3', percent: 94, regainMs: 0 },
  ];
  expect(limitsFrom('instagramGraph', { appPercent: null, business }, null, now)).toMatchObject([
    { scope: 'business:1', until: plus(now, 7 * MINUTE), blocks: 'all' },
    { scope: 'business:2', until: plus(now, 5 * MINUTE), blocks: 'background' },
  ]);
});

test.for([4, 341, null])("The limit %j is the whole app's.", (code) => {
  expect(limitsFrom('instagramApi', unused, refusal(code, 3 * MINUTE), now)).toMatchObject([
    { scope: 'app:instagram', until: plus(now, 3 * MINUTE), blocks: 'all' },
  ]);
  expect(limitsFrom('instagramGraph', unused, refusal(code), now)).toMatchObject([
    { scope: 'app:instagram', until: plus(now, 5 * MINUTE) },
  ]);
});

test.for([17, 32, 613, 368, 80_002])("The limit %j is one account's: its caller knows whose.", (code) => {
  expect(limitsFrom('instagramGraph', unused, refusal(code, MINUTE), now)).toEqual([]);
});
