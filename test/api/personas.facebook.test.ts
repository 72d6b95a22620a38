import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import { graphRefusal, noNumbers, playPersona, type PersonaOutcome } from '../support/persona-outcome.js';

const steps = ['code_exchange OK', 'fb_exchange_token OK', 'page_token OK', 'profile OK'];

const calls = {
  code_exchange: 1,
  fb_exchange_token: 1,
  me_accounts: 1,
  fb_me: 1,
  // This exchange does not tell what was granted.
  me_permissions: 1,
  page_profile: 1,
};

const { page_profile: _unread, ...callsWithoutPage } = calls;

function connected(persona: string, id: string, more: Partial<PersonaOutcome> = {}): PersonaOutcome {
  const account = { accountId: id, professionalAccountId: id, kind: 'PAGE' } as const;
  return { persona, account, steps, calls, ...more };
}

function stopsAtPages(refusal: string): readonly string[] {
  return ['code_exchange OK', 'fb_exchange_token OK', `page_token FAILED ${refusal}`, 'profile SKIPPED'];
}

function stopsAtLongLived(refusal: string): Pick<PersonaOutcome, 'steps' | 'calls'> {
  return {
    steps: [
      'code_exchange OK',
      `fb_exchange_token FAILED ${refusal}`,
      'page_token SKIPPED',
      'profile SKIPPED',
    ],
    calls: { code_exchange: 1, fb_exchange_token: 1 },
  };
}

const outcomes: readonly PersonaOutcome[] = [
  connected('page-token', '17841405500000001'),
  // Seven pages, three an answer.
  connected('several-pages', '17841405502000001', { calls: { ...calls, me_accounts: 3 } }),
  connected('two-linked-pages', '17841405504000001', {
    details: { page_token: 'Also linked: moca_two_linked_pages_second (17841475504000001).' },
  }),
  connected('portfolio-page', '17841405506000001', {
    // Two portfolios, and the pages that each owns and manages.
    calls: { ...calls, me_accounts: 2, me_businesses: 1, owned_pages: 2, client_pages: 2 },
  }),
  connected('late-page', '17841405508000001', { calls: { ...calls, me_accounts: 2 } }),
  connected('lower-rung-second', '17841405510000001'),
  {
    persona: 'code-101',
    error: { code: 'APP_MISCONFIGURED', step: 'fb_exchange_token', meta: graphRefusal(101) },
    ...stopsAtLongLived('APP_MISCONFIGURED 101'),
  },
  {
    persona: 'short-lived-only',
    error: { code: 'APP_MISCONFIGURED', step: 'fb_exchange_token', meta: graphRefusal(3) },
    ...stopsAtLongLived('APP_MISCONFIGURED 3'),
  },
  {
    persona: 'no-page',
    error: { code: 'PAGE_NOT_LINKED', step: 'page_token', reason: 'NO_PAGE' },
    steps: stopsAtPages('PAGE_NOT_LINKED'),
    calls: { ...callsWithoutPage, me_accounts: 2, me_businesses: 1 },
  },
  {
    persona: 'page-without-instagram',
    error: { code: 'PAGE_NOT_LINKED', step: 'page_token', reason: 'NONE_LINKED' },
    steps: stopsAtPages('PAGE_NOT_LINKED'),
    calls: { ...callsWithoutPage, me_businesses: 1 },
  },
  {
    persona: 'personal-account',
    error: { code: 'PAGE_NOT_LINKED', step: 'page_token', reason: 'NONE_LINKED' },
    steps: stopsAtPages('PAGE_NOT_LINKED'),
    calls: { ...callsWithoutPage, me_businesses: 1 },
  },
  {
    persona: 'not-a-tester',
    error: {
      code: 'PAGE_NOT_LINKED',
      step: 'page_token',
      reason: 'PERMISSION_MISSING',
      userAction: 'Connect again and leave every permission ticked on the consent page.',
      meta: graphRefusal(200),
    },
    steps: stopsAtPages('PAGE_NOT_LINKED 200'),
    calls: callsWithoutPage,
  },
  connected('transient', '17841405526000001', {
    // Every endpoint but the code exchange is asked again after its hiccup.
    calls: {
      code_exchange: 1,
      fb_exchange_token: 2,
      me_accounts: 2,
      fb_me: 2,
      me_permissions: 2,
      page_profile: 2,
    },
  }),
  {
    persona: 'rate-limited',
    error: {
      code: 'META_RATE_LIMITED',
      step: 'page_token',
      retryAfterSeconds: 19 * 60,
      meta: graphRefusal(4),
    },
    steps: stopsAtPages('META_RATE_LIMITED 4'),
    calls: callsWithoutPage,
  },
  connected('slow', '17841405530000001'),
  {
    persona: 'garbage',
    error: { code: 'META_BAD_RESPONSE', step: 'fb_exchange_token', meta: noNumbers },
    ...stopsAtLongLived('META_BAD_RESPONSE'),
  },
  {
    persona: 'used-code',
    error: { code: 'CODE_INVALID', step: 'code_exchange', meta: graphRefusal(100, 36_009) },
    steps: ['code_exchange FAILED CODE_INVALID 100/36009'],
    calls: { code_exchange: 1 },
  },
  {
    persona: 'expired-code',
    error: { code: 'CODE_INVALID', step: 'code_exchange', meta: graphRefusal(100, 36_007) },
    steps: ['code_exchange FAILED CODE_INVALID 100/36007'],
    calls: { code_exchange: 1 },
  },
  connected('big-ids', '17841405538000001'),
  connected('declined-scope', '17841405540000001', {
    account: {
      accountId: '17841405540000001',
      professionalAccountId: '17841405540000001',
      kind: 'PAGE',
      missing: 'instagram_manage_insights',
    },
  }),
  {
    persona: 'declined-basic',
    error: { code: 'MISSING_PERMISSION', step: 'page_token' },
    steps: stopsAtPages('MISSING_PERMISSION'),
    calls: callsWithoutPage,
  },
];

test.each(outcomes)('In the facebook flow, $persona ends exactly as documented.', async (outcome) => {
  const { seen, documented } = await playPersona('facebook', outcome);
  expect(seen).toEqual(documented);
});

test('No persona that comes back with a code is left out of the table of the facebook flow.', async () => {
  await using sandbox = await createSandbox();
  const personas = sandbox.personas.map(({ id }) => id).filter((id) => id !== 'denied');
  expect(outcomes.map(({ persona }) => persona)).toEqual(personas);
});
