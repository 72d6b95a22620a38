import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import {
  flatRefusal,
  graphRefusal,
  noNumbers,
  playPersona,
  type PersonaOutcome,
} from '../support/persona-outcome.js';

const pageSteps = [
  'code_exchange OK',
  'fb_exchange_token OK',
  'page_token OK',
  'ig_exchange_token SKIPPED',
  'profile OK',
];

const pageCalls = { code_exchange: 1, fb_exchange_token: 1, me_accounts: 1, fb_me: 1, page_profile: 1 };

const instagramSteps = [
  'code_exchange OK',
  'fb_exchange_token FAILED APP_MISCONFIGURED 101',
  'page_token SKIPPED',
  'ig_exchange_token OK',
  'profile OK',
];

const instagramCalls = { code_exchange: 1, fb_exchange_token: 1, ig_exchange_token: 1, ig_me: 1 };

/** No page, and graph.instagram.com takes neither of the two tokens that are left: they are Facebook's. */
const withoutPage = {
  steps: [
    'code_exchange OK',
    'fb_exchange_token OK',
    'page_token FAILED PAGE_NOT_LINKED',
    'ig_exchange_token FAILED REAUTHORIZATION_REQUIRED 190',
    'profile FAILED REAUTHORIZATION_REQUIRED 190',
  ],
  // The flow does not ask for `business_management`.
  details: { page_token: 'Business portfolios SKIPPED: Meta did not list them (MISSING_PERMISSION).' },
  calls: {
    code_exchange: 1,
    fb_exchange_token: 1,
    fb_me: 1,
    me_accounts: 1,
    me_businesses: 1,
    ig_exchange_token: 1,
    ig_me: 2,
  },
};

const refusedCode = {
  error: { code: 'CODE_INVALID', step: 'code_exchange', meta: flatRefusal },
  steps: ['code_exchange FAILED CODE_INVALID 400'],
  calls: { code_exchange: 1 },
} as const;

function pageAccount(id: string) {
  return { accountId: id, professionalAccountId: id, kind: 'PAGE' } as const;
}

function instagramAccount(accountId: string, professionalAccountId: string) {
  return { accountId, professionalAccountId, kind: 'LONG_LIVED' } as const;
}

const outcomes: readonly PersonaOutcome[] = [
  {
    persona: 'page-token',
    account: pageAccount('17841405500000001'),
    steps: pageSteps,
    calls: pageCalls,
  },
  {
    persona: 'several-pages',
    account: pageAccount('17841405502000001'),
    steps: pageSteps,
    // Seven pages, three an answer.
    calls: { ...pageCalls, me_accounts: 3 },
  },
  {
    persona: 'two-linked-pages',
    account: pageAccount('17841405504000001'),
    steps: pageSteps,
    details: { page_token: 'Also linked: moca_two_linked_pages_second (17841475504000001).' },
    calls: pageCalls,
  },
  {
    persona: 'portfolio-page',
    error: { code: 'PAGE_NOT_LINKED', step: 'page_token', reason: 'NO_PAGE' },
    ...withoutPage,
    // The empty list is looked at twice.
    calls: { ...withoutPage.calls, me_accounts: 2 },
  },
  {
    persona: 'late-page',
    account: pageAccount('17841405508000001'),
    steps: pageSteps,
    calls: { ...pageCalls, me_accounts: 2 },
  },
  {
    persona: 'lower-rung-second',
    account: pageAccount('17841405510000001'),
    steps: pageSteps,
    calls: pageCalls,
  },
  {
    persona: 'code-101',
    account: instagramAccount('28970031012000003', '17841405512000001'),
    steps: instagramSteps,
    calls: instagramCalls,
  },
  {
    persona: 'short-lived-only',
    account: {
      accountId: '28970031014000003',
      professionalAccountId: '17841405514000001',
      kind: 'SHORT_LIVED',
      plain: true,
    },
    steps: [
      'code_exchange OK',
      'fb_exchange_token FAILED APP_MISCONFIGURED 101',
      'page_token SKIPPED',
      'ig_exchange_token FAILED APP_MISCONFIGURED 3',
      'profile OK',
    ],
    calls: instagramCalls,
  },
  {
    persona: 'no-page',
    error: { code: 'PAGE_NOT_LINKED', step: 'page_token', reason: 'NO_PAGE' },
    ...withoutPage,
    calls: { ...withoutPage.calls, me_accounts: 2 },
  },
  {
    persona: 'page-without-instagram',
    error: { code: 'PAGE_NOT_LINKED', step: 'page_token', reason: 'NONE_LINKED' },
    ...withoutPage,
  },
  {
    persona: 'personal-account',
    error: { code: 'NOT_PROFESSIONAL_ACCOUNT', step: 'profile' },
    steps: [...instagramSteps.slice(0, 4), 'profile FAILED NOT_PROFESSIONAL_ACCOUNT'],
    calls: instagramCalls,
  },
  {
    persona: 'not-a-tester',
    error: { code: 'APP_NOT_APPROVED', step: 'profile', meta: graphRefusal(100, null, 'IGApiException') },
    steps: [
      'code_exchange OK',
      'fb_exchange_token FAILED APP_MISCONFIGURED 101',
      'page_token SKIPPED',
      'ig_exchange_token FAILED APP_NOT_APPROVED 100',
      'profile FAILED APP_NOT_APPROVED 100',
    ],
    calls: instagramCalls,
  },
  {
    persona: 'transient',
    account: pageAccount('17841405526000001'),
    steps: pageSteps,
    // Every endpoint but the code exchange is asked again after its hiccup.
    calls: { code_exchange: 1, fb_exchange_token: 2, me_accounts: 2, fb_me: 2, page_profile: 2 },
  },
  {
    persona: 'rate-limited',
    error: { code: 'META_RATE_LIMITED', step: 'profile', retryAfterSeconds: 19 * 60, meta: graphRefusal(4) },
    steps: [...instagramSteps.slice(0, 4), 'profile FAILED META_RATE_LIMITED 4'],
    calls: instagramCalls,
  },
  { persona: 'slow', account: pageAccount('17841405530000001'), steps: pageSteps, calls: pageCalls },
  {
    persona: 'garbage',
    error: { code: 'META_BAD_RESPONSE', step: 'profile', meta: noNumbers },
    steps: [
      'code_exchange OK',
      'fb_exchange_token FAILED META_BAD_RESPONSE',
      'page_token SKIPPED',
      'ig_exchange_token FAILED META_BAD_RESPONSE',
      'profile FAILED META_BAD_RESPONSE',
    ],
    calls: instagramCalls,
  },
  { persona: 'used-code', ...refusedCode },
  { persona: 'expired-code', ...refusedCode },
  {
    persona: 'big-ids',
    // Every digit: through a JavaScript number it would be …030.
    account: instagramAccount('30927608773521033', '17841405538000001'),
    steps: instagramSteps,
    calls: instagramCalls,
  },
  {
    persona: 'declined-scope',
    account: { ...pageAccount('17841405540000001'), missing: 'instagram_business_manage_insights' },
    steps: pageSteps,
    calls: pageCalls,
  },
  {
    persona: 'declined-basic',
    error: { code: 'MISSING_PERMISSION', step: 'code_exchange' },
    steps: [
      'code_exchange OK',
      'fb_exchange_token SKIPPED',
      'page_token SKIPPED',
      'ig_exchange_token SKIPPED',
      'profile SKIPPED',
    ],
    calls: { code_exchange: 1 },
  },
];

test.each(outcomes)('In the moca flow, $persona ends exactly as documented.', async (outcome) => {
  const { seen, documented } = await playPersona('moca', outcome);
  expect(seen).toEqual(documented);
});

test('No persona that comes back with a code is left out of the table of the moca flow.', async () => {
  await using sandbox = await createSandbox();
  const personas = sandbox.personas.map(({ id }) => id).filter((id) => id !== 'denied');
  expect(outcomes.map(({ persona }) => persona)).toEqual(personas);
});
